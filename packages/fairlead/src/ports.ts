import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** Time, as the code that waits sees it. */
export interface Clock {
  /** Ms on a monotonic scale with an arbitrary zero. */
  now(): number
  /** Resolves after `ms`. Rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's own clock (CLOCK_MONOTONIC). */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted()
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  },
}

/** Polls `ready` every `everyMs` until it holds (`true`) or `timeoutMs` have passed (`false`). */
export async function waitUntil(
  ready: () => boolean | Promise<boolean>,
  options: { clock: Clock; everyMs: number; timeoutMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const deadlineMs = options.clock.now() + options.timeoutMs
  for (;;) {
    if (await ready()) return true
    if (options.clock.now() >= deadlineMs) return false
    await options.clock.sleep(options.everyMs, options.signal)
  }
}
