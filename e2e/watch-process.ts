import { readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 10
/** What the kernel counts the time of a process in (USER_HZ). */
const TICK_MS = 10

/** What a process has used so far, by the kernel's own counts. */
export interface Usage {
  /** The most memory in RAM at once. */
  readonly peakBytes: number
  /** In user and kernel mode, of all threads. */
  readonly cpuMs: number
}

/** Undefined where the process has ended. */
function usageOf(pid: number | undefined): Usage | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const peakKb = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
    // utime and stime, the 14th and 15th field of proc_pid_stat(5); the second may hold blanks.
    const [utime, stime] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    // A process that has ended and is not waited for has no memory any more.
    if (peakKb === undefined || utime === undefined || stime === undefined) return undefined
    return { peakBytes: Number(peakKb) * 1024, cpuMs: (utime + stime) * TICK_MS }
  } catch {
    return undefined
  }
}

/** Watches a process until it is stopped, which returns what was seen last. */
export function watchProcess(pid: number | undefined): { stop(): Usage } {
  let seen: Usage = { peakBytes: 0, cpuMs: 0 }
  const look = setInterval(() => {
    seen = usageOf(pid) ?? seen
  }, LOOK_EVERY_MS)
  return {
    stop: () => {
      clearInterval(look)
      return seen
    },
  }
}
