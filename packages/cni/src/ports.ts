import { setTimeout as delay } from 'node:timers/promises'

/** Time, as the code that waits sees it. */
export interface Clock {
  /** Resolves after `ms`. Rejects with the signal's reason when it is aborted first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** The machine's own clock. */
export const systemClock: Clock = {
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  },
}

/** Resolves to whether `promise` settled before `ms` had passed. */
export async function settlesWithin(
  promise: Promise<unknown>,
  ms: number,
  clock: Clock,
): Promise<boolean> {
  // The loser's timer must not outlive the race: it would keep the process alive.
  const decided = new AbortController()
  const tooLate = clock.sleep(ms, decided.signal).then(
    () => false,
    () => false,
  )
  try {
    return await Promise.race([promise.then(() => true), tooLate])
  } finally {
    decided.abort()
  }
}
