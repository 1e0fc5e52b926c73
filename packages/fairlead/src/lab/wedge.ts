import type { Clock } from '../ports.ts'
import type { ExecutionLog } from './execution-log.ts'
import type { StatusSoFar } from './observers.ts'
import { WEDGE_GRACE_MS, WEDGE_SILENCE_MS } from './verdict.ts'

/** How long a silent Status is given to answer or to be found wedged, at the end of a trial. */
const RECOVERY_TIMEOUT_MS = WEDGE_SILENCE_MS + WEDGE_GRACE_MS + 10_000
/** A Status that has not answered for this long is silent. */
const SILENT_MS = 2000
const POLL_MS = 100

/** What is known of a runtime while it is watched. */
interface Watched {
  readonly soFar: StatusSoFar
  readonly executions: ExecutionLog
  readonly clock: Clock
  readonly atMs: () => number
  readonly signal: AbortSignal
}

/** Watches for `ms`; true as soon as it is sure that Status will never answer again. */
export async function isWedgedWithin(ms: number, watched: Watched): Promise<boolean> {
  const { clock, atMs, signal } = watched
  for (const untilMs = atMs() + ms; atMs() < untilMs; await clock.sleep(POLL_MS, signal)) {
    if (isWedged(watched)) return true
  }
  return false
}

/** Once nothing is held any more: waits while Status is silent, until it answers or is surely wedged. */
export async function isWedgedAtLast(watched: Watched): Promise<boolean> {
  const { clock, atMs, signal } = watched
  const deadlineMs = atMs() + RECOVERY_TIMEOUT_MS
  while (silentForMs(watched) > SILENT_MS && atMs() < deadlineMs) {
    if (isWedged(watched)) return true
    await clock.sleep(POLL_MS, signal)
  }
  return false
}

function isWedged(watched: Watched): boolean {
  const quietForMs = watched.executions.quietForMs()
  return silentForMs(watched) >= WEDGE_SILENCE_MS && quietForMs >= WEDGE_GRACE_MS
}

function silentForMs({ atMs, soFar }: Watched): number {
  return atMs() - (soFar.lastAnswerMs ?? 0)
}
