import { type Clock, settlesWithin } from './ports.ts'

/**
 * A call that is made once at a time, however often it is asked for: who asks while one goes on waits for
 * that one's answer, as long as it may; undefined where there is none by then. So a call that hangs, and
 * leaves something hanging at its far end, is not made a second time beside the first.
 */
export function singleFlight<T>(
  call: () => Promise<T>,
  clock: Clock,
): (options: {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}) => Promise<T | undefined> {
  let flight: Promise<T> | undefined
  return async ({ timeoutMs, signal }) => {
    const awaited = (flight ??= call().finally(() => {
      flight = undefined
    }))
    const isThere = await settlesWithin(awaited, { clock, timeoutMs, signal })
    return isThere ? awaited : undefined
  }
}
