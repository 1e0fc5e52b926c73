import { readdirSync, readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { systemCodeOf } from './errors.ts'

/** A process, so that no other one of the same number is taken for it. */
export interface ProcessId {
  readonly pid: number
  /** When it began, in the kernel's ticks since boot: a number that is used again begins later. */
  readonly startTick: number
}

/** What the kernel counts of a process. */
export interface ProcessUse {
  /** In user and kernel mode together, in nanoseconds. */
  readonly cpuNs: bigint
  readonly residentBytes: bigint
}

// sysconf(_SC_CLK_TCK) is 100 on every Linux that Node.js has binaries of x64 and arm64 for.
const MS_PER_TICK = 10
const NS_PER_TICK = 10_000_000n

/** The process of a number that lives now; undefined where there is none, or only what is left of one. */
export function processOf(pid: number): ProcessId | undefined {
  const fields = statOf(pid)
  return fields === undefined ? undefined : { pid, startTick: Number(fields[19]) }
}

/** Whether this very process lives. procfs is memory, so this waits for nothing. */
export function isAlive({ pid, startTick }: ProcessId): boolean {
  return processOf(pid)?.startTick === startTick
}

/** What a process has used; undefined where it has ended. */
export function processUse({ pid, startTick }: ProcessId): ProcessUse | undefined {
  const fields = statOf(pid)
  if (fields === undefined || Number(fields[19]) !== startTick) return undefined
  const [user = '0', system = '0'] = fields.slice(11, 13)
  return {
    cpuNs: (BigInt(user) + BigInt(system)) * NS_PER_TICK,
    residentBytes: residentBytesOf(pid),
  }
}

/** Sends a signal to this very process; nothing where it has ended. */
export function signal(target: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(target)) return
  try {
    process.kill(target.pid, name)
  } catch (error) {
    // It has ended meanwhile.
    if (systemCodeOf(error) !== 'ESRCH') throw error
  }
}

/** The numbers of all processes that there are at this moment. procfs is memory: nothing is waited for. */
export function processNumbers(procDir: string): readonly number[] {
  return readdirSync(procDir)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** The name and fields 3 and later of proc_pid_stat(5); undefined where there is no such process. */
export function readStat(
  procDir: string,
  pid: number,
): { readonly comm: string; readonly fields: readonly string[] } | undefined {
  let text: string
  try {
    text = readFileSync(`${procDir}/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // pid (comm) state ppid ...; the name may itself hold parentheses.
  const nameEnd = text.lastIndexOf(')')
  const comm = text.slice(text.indexOf('(') + 1, nameEnd)
  return { comm, fields: text.slice(nameEnd + 2).split(' ') }
}

/** How long the machine has run. Throws where `procDir` is no procfs. */
export function uptimeMs(procDir: string): number {
  return Number.parseFloat(readFileSync(`${procDir}/uptime`, 'latin1')) * 1000
}

/** The age of a process that began at a tick, in ms. */
export function ageMsOf(startTick: number, uptime: number): number {
  return Math.max(0, uptime - startTick * MS_PER_TICK)
}

/**
 * Which end of a pipe a descriptor is; undefined where it has been closed. `fdinfo` is its file in procfs
 * (proc_pid_fdinfo(5)); O_ACCMODE is the lowest two bits, O_RDONLY is 0.
 */
export function pipeEndOf(fdinfo: string): 'read' | 'write' | undefined {
  try {
    const [, flags = '0'] = /^flags:\s*([0-7]+)/m.exec(readFileSync(fdinfo, 'latin1')) ?? []
    return (Number.parseInt(flags, 8) & 3) === 0 ? 'read' : 'write'
  } catch {
    return undefined
  }
}

/** This user's processes that were started with `argv`'s first words, and what follows them. */
export async function processesOf(
  argv: readonly string[],
): Promise<readonly { readonly process: ProcessId; readonly rest: readonly string[] }[]> {
  const beginning = argv.map((word) => `${word}\0`).join('')
  const isMeant = (line: string) => line.startsWith(beginning)
  const found = await ownProcesses('cmdline', isMeant)
  return found.map(({ process, text }) => ({
    process,
    rest: text.slice(beginning.length).split('\0').slice(0, -1),
  }))
}

/** This user's processes that were started with one of these variables, each `NAME=value`. */
export async function processesWithEnv(
  variables: ReadonlySet<string>,
): Promise<readonly ProcessId[]> {
  const isMeant = (env: string) => env.split('\0').some((variable) => variables.has(variable))
  return (await ownProcesses('environ', isMeant)).map(({ process }) => process)
}

async function ownProcesses(file: 'cmdline' | 'environ', isMeant: (text: string) => boolean) {
  const found = []
  for (const pid of processNumbers('/proc')) {
    // It may end while it is looked at; and the environment of another user's is not to be read.
    const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
    if (!isMeant(text)) continue
    const owner = await stat(`/proc/${pid}`).catch(() => undefined)
    const process = processOf(pid)
    if (process !== undefined && owner?.uid === ownUid()) found.push({ process, text })
  }
  return found
}

/** Fields 3 and later of proc_pid_stat(5); undefined for what is dead. */
function statOf(pid: number): readonly string[] | undefined {
  const fields = readStat('/proc', pid)?.fields
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields
}

/** proc_pid_status(5): in kB, whatever the size of a page is. What is dead has none. */
function residentBytesOf(pid: number): bigint {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'latin1')
    return BigInt(/^VmRSS:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024n
  } catch {
    return 0n
  }
}

function ownUid(): number | undefined {
  return process.geteuid?.()
}
