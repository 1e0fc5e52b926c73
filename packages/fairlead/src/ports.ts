import { randomInt } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** Time, as the code that waits sees it. */
export interface Clock {
  /** Ms on a monotonic scale with an arbitrary zero. */
  readonly now: () => number
  /** Resolves after `ms`. Rejects with the signal's reason when it is aborted first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** A timer of Node.js that is longer than 24.8 days ends at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The machine's own clock (CLOCK_MONOTONIC). */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted()
    const options = signal === undefined ? {} : { signal }
    let leftMs = ms
    for (; leftMs > TIMER_MS_MAX; leftMs -= TIMER_MS_MAX) {
      await delay(TIMER_MS_MAX, undefined, options)
    }
    await delay(leftMs, undefined, options)
  },
}

/** Ms since 1970, to compare with the times that files and other programs give. */
export function wallClockMs(): number {
  return Date.now()
}

/** A number by chance, from 0 to 2^32 - 1, to begin a run with; everything after follows from it. */
export function randomSeed(): number {
  return randomInt(2 ** 32)
}

/** Whether `promise` settles within `timeoutMs`; false as soon as the signal is aborted. */
export async function settlesWithin(
  promise: Promise<unknown>,
  options: { clock: Clock; timeoutMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const { clock, timeoutMs, signal } = options
  // The loser's timer must not outlive the race: it would keep the process alive.
  const decided = new AbortController()
  const ends = signal === undefined ? decided.signal : AbortSignal.any([decided.signal, signal])
  const tooLate = clock.sleep(timeoutMs, ends).then(
    () => false,
    () => false,
  )
  try {
    return await Promise.race([promise.then(() => true), tooLate])
  } finally {
    decided.abort('decided')
  }
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
