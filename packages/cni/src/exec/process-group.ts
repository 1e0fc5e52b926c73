import { readdir, readFile } from 'node:fs/promises'
import { systemCodeOf } from '../errors.ts'
import { type Clock, sleep } from '../ports.ts'

const POLL_MS_MIN = 5
const POLL_MS_MAX = 100

/**
 * Ends a process group: SIGTERM, after `graceMs` SIGKILL. Resolves to whether nothing of it is left;
 * a process that even SIGKILL does not end (one in uninterruptible sleep) is given up after `graceMs`
 * more.
 */
export async function endGroup(groupId: number, graceMs: number, clock: Clock): Promise<boolean> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(groupId, signal)
    let pollMs = POLL_MS_MIN
    for (let waitedMs = 0; waitedMs < graceMs; waitedMs += pollMs) {
      if (!(await isAlive(groupId))) return true
      pollMs = Math.min(pollMs * 2, POLL_MS_MAX, graceMs - waitedMs)
      await sleep(pollMs, clock)
    }
  }
  return !(await isAlive(groupId))
}

// A process that has ended stays in its group until its parent takes note. For an orphan that is
// process 1, which in many a container is in no hurry or never does.
async function isAlive(groupId: number): Promise<boolean> {
  if (!signalGroup(groupId, 0)) return false
  const pids = await readdir('/proc').catch(() => undefined)
  if (pids === undefined) return true
  for (const pid of pids.filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // proc_pid_stat(5): pid (comm) state ppid pgrp; the name may itself hold parentheses.
    const [, state, group] = /.*\) (\w) \d+ (\d+) /s.exec(stat) ?? []
    if (Number(group) === groupId && state !== 'Z' && state !== 'X') return true
  }
  return false
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
