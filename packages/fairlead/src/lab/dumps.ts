import type { Clock } from '../ports.ts'
import type { StatusSoFar } from './observers.ts'

const LOOK_EVERY_MS = 500
/**
 * So long into a silence of Status a dump is taken: soon, while a plugin that is at fault still runs; and
 * once more when what then still waits is likely to wait for ever.
 */
const DUMP_AFTER_MS = [4_000, 20_000]
/** A call for a pod that takes so long hangs, with or without Status. */
const CALL_HANGS_AFTER_MS = 8_000
/** A trial that is silent time and again says the same time and again. */
const DUMPS_AT_MOST = 4

/** What dumps are taken of. */
export interface DumpOptions {
  readonly soFar: StatusSoFar
  /** When the oldest call for a pod began that has not ended. */
  readonly openCallMs: () => number | undefined
  readonly clock: Clock
  readonly atMs: () => number
  readonly signal: AbortSignal
}

/**
 * Has the runtime add to its log what its goroutines do, while Status is silent or a call for a pod hangs:
 * the evidence of which lock or which plugin it waits for. Ends with the signal.
 */
export async function dumpWhenStuck(
  runtime: { dump(): Promise<boolean> },
  { soFar, openCallMs, clock, atMs, signal }: DumpOptions,
): Promise<void> {
  let silentSinceMs: number | undefined
  let ofThisSilence = 0
  let dumps = 0
  while (!signal.aborted && dumps < DUMPS_AT_MOST) {
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
      // The signal ends the loop.
    })
    const { lastAnswerMs } = soFar
    if (lastAnswerMs === undefined || signal.aborted) continue
    if (lastAnswerMs !== silentSinceMs) ofThisSilence = 0
    silentSinceMs = lastAnswerMs
    const afterMs = DUMP_AFTER_MS[ofThisSilence] ?? Number.POSITIVE_INFINITY
    const isSilent = atMs() - lastAnswerMs >= afterMs
    const hangs = dumps === 0 && atMs() - (openCallMs() ?? atMs()) >= CALL_HANGS_AFTER_MS
    if (!isSilent && !hangs) continue
    // Evidence is good to have; that a runtime gives none ends no trial.
    const isDone = await runtime.dump().catch(() => true)
    if (!isDone) continue
    if (isSilent) ofThisSilence += 1
    dumps += 1
  }
}
