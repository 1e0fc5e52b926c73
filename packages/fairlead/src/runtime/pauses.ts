import { stat } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError } from '../errors.ts'
import { writeWhole } from '../files.ts'
import { netnsState } from '../netns.ts'
import { pauseExecutable } from '../pause-executable.ts'
import { type Clock, waitUntil } from '../ports.ts'
import {
  isAlive,
  type ProcessId,
  processesOf,
  processesWithEnv,
  processOf,
  signal,
} from '../procfs.ts'
import { type NodeShell, quoted } from './node-shell.ts'
import type { SandboxRecord } from './sandbox.ts'

/** The process of each sandbox that holds its namespaces, as a runtime's pause container does. */
export interface Pauses {
  /**
   * Makes a sandbox's namespaces and starts the process in them: a network namespace unless it is on the
   * host's, then with the pod's host name; and one for IPC unless that is the host's.
   *
   * @throws {FairleadError} FL_NETNS_TOOL.
   */
  readonly start: (record: SandboxRecord) => Promise<void>
  /** Ends the process and deletes the network namespace; succeeds where there are none. */
  readonly stop: (record: SandboxRecord) => Promise<void>
  /** The process of a sandbox; undefined where it has ended. */
  readonly find: (sandboxId: string) => ProcessId | undefined
  /** Ends those whose sandbox is not among `ids`. */
  readonly keepOnly: (ids: ReadonlySet<string>) => Promise<void>
  /** Ends the plugins that still work for these sandboxes, and what those have started. */
  readonly endPlugins: (ids: readonly string[]) => Promise<void>
}

const END_TIMEOUT_MS = 5000

// In one process, so that its number is known before it is what it will be: then it has let go of all
// that was handed to it. The name of a host is set by a call; the file of it takes root of the machine.
const BECOME_PAUSE = [
  `if [ -n "$3" ]; then`,
  `{ hostname -- "$3" 2>/dev/null || echo "$3" >/proc/sys/kernel/hostname; } || exit; fi;`,
  `echo "pid $$"; exec "$1" "$2" </dev/null >/dev/null 2>&1 9>&-`,
].join(' ')

/**
 * The pauses of the runtime whose state is in `stateDir`. Which process belongs to which sandbox is read
 * from the processes themselves, when it starts: each has its sandbox's id on its command line.
 *
 * @throws {FairleadError} FL_RUNTIME_START on an architecture without a pause executable.
 */
export async function openPauses(
  stateDir: string,
  { shell, clock }: { readonly shell: NodeShell; readonly clock: Clock },
): Promise<Pauses> {
  const executable = path.join(stateDir, 'pause')
  await writeExecutable(executable)
  const pauses = new Map<string, ProcessId>()
  for (const { process, sandboxId } of await pausesOf(executable)) pauses.set(sandboxId, process)

  const end = async (sandboxId: string): Promise<void> => {
    const pause = pauses.get(sandboxId)
    if (pause !== undefined) await endProcess(pause, clock)
    pauses.delete(sandboxId)
  }
  /** One that came to life after `start` had given up waiting for it. */
  const endLate = async (sandboxId: string): Promise<void> => {
    const late = (await pausesOf(executable)).filter((one) => one.sandboxId === sandboxId)
    await Promise.all(late.map(({ process }) => endProcess(process, clock)))
  }

  return {
    start: async (record) => {
      const printed = await shell.run(startCommand(record, executable))
      const pid = /(?:^| )pid (\d+)$/.exec(printed)?.[1]
      const pause = pid === undefined ? undefined : processOf(Number(pid))
      if (pause === undefined) {
        const why = printed === '' ? 'it ended at once' : printed
        throw new FairleadError('FL_NETNS_TOOL', `the pause process did not start: ${why}`)
      }
      pauses.set(record.id, pause)
    },
    stop: async (record) => {
      await (pauses.has(record.id) ? end(record.id) : endLate(record.id))
      if (record.hostNetwork || (await netnsState(`/run/netns/${record.netns}`)) === 'gone') return
      await shell.run(`ip netns del ${quoted(record.netns)}`)
    },
    find: (sandboxId) => {
      const pause = pauses.get(sandboxId)
      return pause !== undefined && isAlive(pause) ? pause : undefined
    },
    keepOnly: async (ids) => {
      for (const id of pauses.keys()) if (!ids.has(id)) await end(id)
    },
    endPlugins: async (ids) => {
      const began = await processesWithEnv(new Set(ids.map((id) => `CNI_CONTAINERID=${id}`)))
      await Promise.all(began.map((plugin) => endProcess(plugin, clock)))
    },
  }
}

/** The pauses that were started from this file or one that was in its place. */
async function pausesOf(executable: string) {
  // Of the file, not of its folder: on overlayfs they may differ.
  const { dev } = await stat(executable)
  const found: { readonly process: ProcessId; readonly sandboxId: string }[] = []
  for (const { process, rest } of await processesOf([executable])) {
    // A folder of the same path in another mount namespace is another runtime's.
    const from = await stat(`/proc/${process.pid}/exe`).catch(() => undefined)
    if (rest[0] !== undefined && from?.dev === dev) found.push({ process, sandboxId: rest[0] })
  }
  return found
}

function startCommand(record: SandboxRecord, executable: string): string {
  const { id, netns, hostNetwork, hostname, hostIpc } = record
  const own = [...(hostNetwork ? [] : ['--uts']), ...(hostIpc ? [] : ['--ipc'])]
  const sh = ['sh', '-c', quoted(BECOME_PAUSE), 'sh', quoted(executable), id]
  const words = [
    'setsid',
    ...(hostNetwork ? [] : ['nsenter', quoted(`--net=/run/netns/${netns}`)]),
    ...(own.length === 0 ? [] : ['unshare', ...own]),
    ...sh,
    quoted(hostNetwork ? '' : hostname),
  ]
  const pause = `${words.join(' ')} &`
  if (hostNetwork) return pause
  const name = quoted(netns)
  return `ip netns add ${name} && ip -n ${name} link set lo up && { ${pause} }`
}

/** A file that is run cannot be written to, so it is another one each time. */
async function writeExecutable(file: string): Promise<void> {
  await writeWhole(file, pauseExecutable(process.arch), 0o755)
}

async function endProcess(pause: ProcessId, clock: Clock): Promise<void> {
  signal(pause, 'SIGKILL')
  const ended = () => !isAlive(pause)
  if (await waitUntil(ended, { clock, everyMs: 1, timeoutMs: END_TIMEOUT_MS })) return
  throw new FairleadError('FL_NETNS_TOOL', `process ${pause.pid} does not end on SIGKILL`)
}
