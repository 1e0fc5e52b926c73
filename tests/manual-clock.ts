import type { Clock } from '../packages/cni/src/ports.ts'

/** Time that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on, timer by timer; whatever a timer sets off is done before the next one. */
  readonly advance: (ms: number) => Promise<void>
}

/** A clock at 0. */
export function manualClock(): ManualClock {
  let nowMs = 0
  let timers: { readonly atMs: number; readonly run: () => void }[] = []
  return {
    now: () => nowMs,
    after: (ms, run) => {
      const timer = { atMs: nowMs + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance: async (ms) => {
      const untilMs = nowMs + ms
      await quiet()
      for (;;) {
        const [next] = timers
          .filter(({ atMs }) => atMs <= untilMs)
          .sort((left, right) => left.atMs - right.atMs)
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        nowMs = next.atMs
        next.run()
        await quiet()
      }
      nowMs = untilMs
    },
  }
}

/** Lets everything run that only waits for promises; nothing in a unit test waits longer. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve()
}
