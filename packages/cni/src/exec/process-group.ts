import { readFileSync } from 'node:fs'
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
    const untilMs = clock.now() + graceMs
    for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(pollMs * 2, POLL_MS_MAX)) {
      if (!(await processes.isAlive())) return true
      const leftMs = untilMs - clock.now()
      if (leftMs <= 0) break
      await sleep(Math.min(pollMs, leftMs), clock)
    }
  }
  return false
}

/** All processes of a group. */
export function processGroup(groupId: number): ProcessSet {
  const members = membersOf(groupId, 0)
  return {
    signal: async (signal) => {
      send(-groupId, signal)
    },
    // A process that has ended stays in its group until its parent takes note. For an orphan that is
    // process 1, which in many a container is in no hurry or never does.
    isAlive: async () => send(-groupId, 0) && (await members()).length > 0,
  }
}

/** The processes of a group that began at `tick` or later; see {@link nowTick}. */
export function groupSince(groupId: number, tick: number): ProcessSet {
  const members = membersOf(groupId, tick)
  return {
    signal: async (signal) => {
      for (const pid of await members()) send(Number(pid), signal)
    },
    isAlive: async () => (await members()).length > 0,
  }
}

/**
 * The present on the scale that the kernel has for the start of processes; it goes on while the machine
 * sleeps, as no clock of JavaScript's does. procfs is memory, so this waits for nothing.
 */
export function nowTick(): number {
  const [seconds] = readFileSync('/proc/uptime', 'utf8').split(' ')
  return Math.floor(Number(seconds) * TICKS_PER_SECOND)
}

// sysconf(_SC_CLK_TCK), on every Linux that Node.js runs on.
const TICKS_PER_SECOND = 100

/**
 * The living members of a group that began at `tick` or later. All processes are looked at only when
 * none of those that were found the last time is left: a busy node has thousands.
 */
function membersOf(groupId: number, tick: number): () => Promise<readonly string[]> {
  let known: readonly string[] = []
  const living = async (pids: readonly string[]) => {
    const found = []
    for (const pid of pids) if (await isMember(pid, groupId, tick)) found.push(pid)
    return found
  }
  return async () => {
    known = await living(known)
    if (known.length > 0) return known
    const all = await readdir('/proc').catch((): string[] => [])
    known = await living(all.filter((name) => /^\d+$/.test(name)))
    return known
  }
}

async function isMember(pid: string, groupId: number, tick: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // proc_pid_stat(5): pid (comm) state ppid pgrp ...; the name may itself hold parentheses.
  const [state = 'X', , group, ...others] = stat.replace(/^.*\) /s, '').split(' ')
  const isAlive = state !== 'Z' && state !== 'X'
  return isAlive && Number(group) === groupId && Number(others[16]) >= tick
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
