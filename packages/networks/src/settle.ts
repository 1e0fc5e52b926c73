import type { Clock } from '@fairlead/cni'

/** How long hints are collected before anything is done about them. */
export interface SettleTimes {
  /** Without a further hint. */
  readonly quietMs: number
  /** In all, while hints keep coming. */
  readonly longestMs: number
}

/** Turns many hints into few runs. */
export interface Settled {
  /** Something may have changed. */
  readonly hint: () => void
  /** Runs now, or after the run that goes on; resolves when that is done. */
  readonly runNow: () => Promise<void>
  readonly close: () => void
}

/**
 * Runs `run` once hints have settled; never two at a time. A hint during a run leads to another one,
 * for what it tells may have come too late for the first.
 */
export function settled(run: () => Promise<void>, times: SettleTimes, clock: Clock): Settled {
  let cancel: (() => void) | undefined
  let firstHintMs = 0
  let running: Promise<void> | undefined
  let isAskedAgain = false
  let isClosed = false

  const start = (): Promise<void> => {
    cancel?.()
    cancel = undefined
    if (isClosed) return Promise.resolve()
    running = run().finally(() => {
      running = undefined
      if (!isAskedAgain) return
      isAskedAgain = false
      hint()
    })
    return running
  }

  const hint = (): void => {
    if (isClosed) return
    if (running !== undefined) {
      isAskedAgain = true
      return
    }
    const nowMs = clock.now()
    if (cancel === undefined) firstHintMs = nowMs
    cancel?.()
    const leftMs = firstHintMs + times.longestMs - nowMs
    cancel = clock.after(Math.max(0, Math.min(times.quietMs, leftMs)), () => {
      void start()
    })
  }

  return {
    hint,
    runNow: async () => {
      if (running !== undefined) await running
      // Of those that waited for it the first begins another run, which is new enough for all of them.
      await (running ?? start())
    },
    close: () => {
      isClosed = true
      cancel?.()
    },
  }
}
