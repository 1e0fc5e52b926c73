import type { Random } from '../random.ts'
import type { Clock } from '../ports.ts'

/** How long to wait before something that failed is tried again. */
export interface BackOff {
  /** Longer each time; at least as long as the server asks for. */
  readonly nextMs: (atLeastMs?: number) => number
  /** It has worked. */
  readonly reset: () => void
}

const FIRST_MS = 800
const LONGEST_MS = 30_000
/** After so long without a failure it begins anew. */
const FORGOTTEN_MS = 120_000

/** 0.8 s, doubled up to 30 s, each longer by up to as much again (client-go's for reflectors). */
export function backOff({
  clock,
  random,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
}): BackOff {
  let nextMs = FIRST_MS
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    nextMs: (atLeastMs = 0) => {
      if (clock.now() - lastMs > FORGOTTEN_MS) nextMs = FIRST_MS
      lastMs = clock.now()
      const waitMs = Math.max(nextMs, atLeastMs)
      nextMs = Math.min(nextMs * 2, LONGEST_MS)
      return waitMs + random.below(waitMs + 1)
    },
    reset: () => {
      nextMs = FIRST_MS
    },
  }
}
