/** Time, as the code that waits sees it. */
export interface Clock {
  /** Ms on a monotonic scale with an arbitrary zero. */
  readonly now: () => number
  /** Calls `run` once after `ms`, unless the function it returns is called before. */
  readonly after: (ms: number, run: () => void) => () => void
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

/** Ms since 1970, to compare with the times of files. */
export function wallClockMs(): number {
  return Date.now()
}

/** Resolves after `ms`. */
export function sleep(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}

/** Resolves to whether `promise` settled before `ms` had passed. */
export function settlesWithin(
  promise: Promise<unknown>,
  ms: number,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => {
      resolve(false)
    })
    const settled = () => {
      cancel()
      resolve(true)
    }
    promise.then(settled, settled)
  })
}
