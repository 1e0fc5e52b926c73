import { randomInt } from 'node:crypto'

/** A source of numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, but without, `bound`. */
  readonly below: (bound: number) => number
}

/** Seeds are whole numbers below this. */
export const SEED_BOUND = 2 ** 32

/** A seed that nobody chose. */
export function newSeed(): number {
  return randomInt(SEED_BOUND)
}

/** The numbers of a seed: mulberry32, whose 32 bits of state are plenty for one run. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return {
    below: (bound) => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / SEED_BOUND) * bound)
    },
  }
}
