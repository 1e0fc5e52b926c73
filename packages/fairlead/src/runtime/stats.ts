import { readFile } from 'node:fs/promises'
import { type ProcessId, processUse } from '../procfs.ts'
import type { SandboxRecord } from './sandbox.ts'

/** What an interface counts, in the CRI's words. */
interface InterfaceUsage {
  readonly name: string
  readonly rxBytes: { readonly value: bigint }
  readonly rxErrors: { readonly value: bigint }
  readonly txBytes: { readonly value: bigint }
  readonly txErrors: { readonly value: bigint }
}

const PRIMARY = 'eth0'

/**
 * What a sandbox uses: its interfaces, and its one process, which is the pause. What takes a cgroup or
 * an average (the working set, nanocores, page faults) is not known here, and left unset as the CRI
 * allows. A sandbox on the host's network has no network of its own; one that has ended uses nothing.
 */
export async function linuxStats(
  record: SandboxRecord,
  pause: ProcessId | undefined,
  nowMs: number,
) {
  if (pause === undefined) return {}
  const timestamp = BigInt(Math.round(nowMs)) * 1_000_000n
  const use = processUse(pause)
  const interfaces = record.hostNetwork ? undefined : await interfacesOf(pause)
  const defaultInterface = interfaces?.find(({ name }) => name === PRIMARY)
  return {
    ...(interfaces === undefined
      ? {}
      : {
          network: {
            timestamp,
            ...(defaultInterface === undefined ? {} : { defaultInterface }),
            interfaces: interfaces.filter((other) => other !== defaultInterface),
          },
        }),
    ...(use === undefined
      ? {}
      : {
          cpu: { timestamp, usageCoreNanoSeconds: { value: use.cpuNs } },
          memory: { timestamp, rssBytes: { value: use.residentBytes } },
          process: { timestamp, processCount: { value: 1n } },
        }),
  }
}

/** Of the network namespace that a process is in; undefined where it has ended. */
async function interfacesOf({ pid }: ProcessId): Promise<readonly InterfaceUsage[] | undefined> {
  const text = await readFile(`/proc/${pid}/net/dev`, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : interfaceUsages(text)
}

/** The interfaces of proc_pid_net(5) `net/dev` but the loopback, as containerd leaves it out. */
export function interfaceUsages(text: string): readonly InterfaceUsage[] {
  const [, , ...lines] = text.trimEnd().split('\n')
  return lines.flatMap((line) => {
    const [name = '', counters = ''] = line.split(/:(.*)/s)
    // rx: bytes packets errs drop fifo frame compressed multicast; tx: the same eight.
    const numbers = counters.trim().split(/\s+/).map(BigInt)
    const [rxBytes = 0n, , rxErrors = 0n] = numbers
    const [txBytes = 0n, , txErrors = 0n] = numbers.slice(8)
    if (name.trim() === 'lo') return []
    return {
      name: name.trim(),
      rxBytes: { value: rxBytes },
      rxErrors: { value: rxErrors },
      txBytes: { value: txBytes },
      txErrors: { value: txErrors },
    }
  })
}
