import { systemCodeOf } from '../errors.ts'
import type { Clock } from '../ports.ts'

const POLL_MS = 10

/**
 * Ends a process group: SIGTERM, after `graceMs` SIGKILL. Resolves to whether nothing of it is left;
 * a process that even SIGKILL does not end (one in uninterruptible sleep) is given up after `graceMs`
 * more.
 */
export async function endGroup(groupId: number, graceMs: number, clock: Clock): Promise<boolean> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(groupId, signal)
    for (let waitedMs = 0; waitedMs < graceMs; waitedMs += POLL_MS) {
      if (!signalGroup(groupId, 0)) return true
      await clock.sleep(Math.min(POLL_MS, graceMs - waitedMs))
    }
  }
  return !signalGroup(groupId, 0)
}

/** Sends a signal, or 0 to ask only; false when the group has no process any more. */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal)
    return true
  } catch (error) {
    // EPERM: it is there, and not ours to end.
    if (systemCodeOf(error) === 'ESRCH') return false
    if (systemCodeOf(error) === 'EPERM') return true
    throw error
  }
}
