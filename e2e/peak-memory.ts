import { readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 10

/** The most memory that a process has had in RAM so far, by the kernel's own count; 0 when it has ended. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    // It has ended.
    return 0
  }
}

/** Watches a process until it is stopped, which returns the most memory that was seen, in bytes. */
export function watchPeak(pid: number | undefined): { stop(): number } {
  let peakBytes = 0
  const look = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(pid))
  }, LOOK_EVERY_MS)
  return {
    stop: () => {
      clearInterval(look)
      return peakBytes
    },
  }
}
