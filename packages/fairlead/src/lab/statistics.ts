import type { Confidence, Interval } from './report/report.ts'

/** A cell is known well enough when its interval is this wide: nine trials that all pass, at 95 %. */
const SURE_WIDTH = 0.3

/** The most trials of a cell that `--until-sure` runs, unless `--trials` says another number. */
export const UNTIL_SURE_TRIALS = 30

/** Two-sided quantiles of the normal distribution. */
const Z: Readonly<Record<Confidence, number>> = { 80: 1.2816, 90: 1.6449, 95: 1.96, 99: 2.5758 }

/**
 * The Wilson score interval of a rate (E. B. Wilson 1927, JASA 22:209): what `passed` of `trials` says
 * of the chance to pass. Stays within 0 and 1 and means something from the first trial on; without
 * a trial it is all of 0 to 1.
 */
export function wilson(passed: number, trials: number, confidence: Confidence): Interval {
  if (trials === 0) return { low: 0, high: 1 }
  const z2 = Z[confidence] ** 2
  const rate = passed / trials
  const centre = rate + z2 / (2 * trials)
  const reach = Math.sqrt(z2 * ((rate * (1 - rate)) / trials + z2 / (4 * trials ** 2)))
  const scale = 1 + z2 / trials
  return {
    low: passed === 0 ? 0 : (centre - reach) / scale,
    high: passed === trials ? 1 : (centre + reach) / scale,
  }
}

/** Whether the rate is known as well as {@link SURE_WIDTH} asks. */
export function isSure(passed: number, trials: number, confidence: Confidence): boolean {
  const { low, high } = wilson(passed, trials, confidence)
  return high - low <= SURE_WIDTH
}
