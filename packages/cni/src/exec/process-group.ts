import { readdir, readFile } from 'node:fs/promises'
import { systemCodeOf } from '../errors.ts'
import { type Clock, sleep } from '../ports.ts'

/** Processes that belong together. */
export interface ProcessSet {
  /** Sends them a signal. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>
  readonly isAlive: () => Promise<boolean>
}

const POLL_MS_MIN = 5
const POLL_MS_MAX = 100

/**
 * Ends processes: SIGTERM, after `graceMs` SIGKILL. Resolves to whether none of them is left; one that
 * even SIGKILL does not end (in uninterruptible sleep) is given up after `graceMs` more.
 */
export async function endProcesses(
  processes: ProcessSet,
  graceMs: number,
  clock: Clock,
): Promise<boolean> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await processes.signal(signal)
    let pollMs = POLL_MS_MIN
    for (let waitedMs = 0; waitedMs < graceMs; waitedMs += pollMs) {
      if (!(await processes.isAlive())) return true
      pollMs = Math.min(pollMs * 2, POLL_MS_MAX, graceMs - waitedMs)
      await sleep(pollMs, clock)
    }
  }
  return !(await processes.isAlive())
}

/** All processes of a group. */
export function processGroup(groupId: number): ProcessSet {
  return {
    signal: async (signal) => {
      send(-groupId, signal)
    },
    // A process that has ended stays in its group until its parent takes note. For an orphan that is
    // process 1, which in many a container is in no hurry or never does.
    isAlive: async () => send(-groupId, 0) && (await membersOf(groupId)).length > 0,
  }
}

/** The processes of a group that began at `tick` or later; see {@link nowTick}. */
export function groupSince(groupId: number, tick: number): ProcessSet {
  const members = async () =>
    (await membersOf(groupId)).filter(({ startTick }) => startTick >= tick)
  return {
    signal: async (signal) => {
      for (const { pid } of await members()) send(pid, signal)
    },
    isAlive: async () => (await members()).length > 0,
  }
}

/** The present on the scale that the kernel has for the start of processes. */
export async function nowTick(): Promise<number> {
  const [seconds] = (await readFile('/proc/uptime', 'utf8')).split(' ')
  return Math.floor(Number(seconds) * TICKS_PER_SECOND)
}

/** sysconf(_SC_CLK_TCK), on every Linux that Node.js runs on. */
export const TICKS_PER_SECOND = 100

interface Member {
  readonly pid: number
  readonly startTick: number
}

async function membersOf(groupId: number): Promise<Member[]> {
  const members = []
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // proc_pid_stat(5): pid (comm) state ppid pgrp ...; the name may itself hold parentheses.
    const [state = 'X', , group, ...others] = stat.replace(/^.*\) /s, '').split(' ')
    if (Number(group) !== groupId || state === 'Z' || state === 'X') continue
    members.push({ pid: Number(name), startTick: Number(others[16]) })
  }
  return members
}

/** Sends a signal, or 0 to ask only; false when there is no such process or group any more. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch (error) {
    // EPERM: it is there, and not ours to end.
    if (systemCodeOf(error) === 'ESRCH') return false
    if (systemCodeOf(error) === 'EPERM') return true
    throw error
  }
}
