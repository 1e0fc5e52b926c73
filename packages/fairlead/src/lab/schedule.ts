import { type CellName, orderOfRound } from './order.ts'
import { isJudged, type Plan, type VerdictWord } from './report/report.ts'
import { isSure } from './statistics.ts'

/** So often a trial is run again that was inconclusive. */
export const REPEATS_MAX = 2

/** A trial that is to be run. */
export interface Scheduled<C extends CellName> {
  readonly cell: C
  /** Counts from 1 for each cell. */
  readonly trial: number
  /** How often it was run before and found inconclusive. */
  readonly repeats: number
}

/**
 * Which trial comes next, as verdicts come in. Fixed numbers of trials are round after round, each
 * cell once a round. Until sure, a cell gets one more as long as its rate is not known well enough.
 * A trial that was inconclusive is run again, {@link REPEATS_MAX} times at most, after all others: the
 * machine may be calmer then.
 */
export class Schedule<C extends CellName> {
  readonly #plan: Plan
  readonly #queue: Scheduled<C>[]
  readonly #seen = new Map<C, { judged: number; passed: number }>()

  constructor(cells: readonly C[], plan: Plan) {
    this.#plan = plan
    const rounds = plan.untilSure ? 1 : plan.trials
    this.#queue = Array.from({ length: rounds }, (_, index) =>
      orderOfRound(cells, plan.seed, index + 1).map((cell) => ({
        cell,
        trial: index + 1,
        repeats: 0,
      })),
    ).flat()
  }

  /** The next trial; undefined if there is none until another one ends. */
  next(): Scheduled<C> | undefined {
    return this.#queue.shift()
  }

  /** Says what a trial came to. */
  ended({ cell, trial, repeats }: Scheduled<C>, word: VerdictWord): void {
    if (word === 'inconclusive' && repeats < REPEATS_MAX) {
      this.#queue.push({ cell, trial, repeats: repeats + 1 })
      return
    }
    if (!this.#plan.untilSure) return
    const seen = this.#seen.get(cell) ?? { judged: 0, passed: 0 }
    if (isJudged(word)) seen.judged += 1
    if (word === 'pass') seen.passed += 1
    this.#seen.set(cell, seen)
    const { trials, confidence } = this.#plan
    if (trial < trials && !isSure(seen.passed, seen.judged, confidence)) {
      this.#queue.push({ cell, trial: trial + 1, repeats: 0 })
    }
  }
}
