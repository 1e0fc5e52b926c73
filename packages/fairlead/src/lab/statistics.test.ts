import { expect, test } from 'vitest'
import { CONFIDENCES, type Confidence } from './report/report.ts'
import { isSure, UNTIL_SURE_TRIALS, wilson } from './statistics.ts'

test.each([
  // R: prop.test(x, n, correct = FALSE)$conf.int
  [0, 10, 0, 0.2775],
  [10, 10, 0.7225, 1],
  [5, 10, 0.2366, 0.7634],
  [81, 263, 0.2553, 0.3662],
])('%i of %i is between %d and %d', (passed, trials, low, high) => {
  const interval = wilson(passed, trials, 95)
  expect(interval.low).toBeCloseTo(low, 4)
  expect(interval.high).toBeCloseTo(high, 4)
})

test('without a trial nothing is known', () => {
  expect(wilson(0, 0, 95)).toEqual({ low: 0, high: 1 })
})

test('more confidence makes a wider interval', () => {
  const widths = CONFIDENCES.map((confidence) => {
    const { low, high } = wilson(3, 10, confidence)
    return high - low
  })
  expect(widths).toEqual(widths.toSorted((a, b) => a - b))
})

test('a cell that always passes or always fails is sure after nine trials, a mixed one never so soon', () => {
  expect(isSure(8, 8, 95)).toBe(false)
  expect(isSure(9, 9, 95)).toBe(true)
  expect(isSure(0, 9, 95)).toBe(true)
  expect(isSure(15, 30, 95)).toBe(false)
  expect(isSure(20, 40, 95)).toBe(true)
})

// Looking after each trial costs some of the confidence; this is what is left, exactly.
test('stopping as soon as it is sure, the interval holds the true rate at least 90 % of the time', () => {
  for (let rate = 0.01; rate < 1; rate += 0.01) {
    expect(coverage(rate, 95), `at a rate of ${rate.toFixed(2)}`).toBeGreaterThan(0.9)
  }
})

/** The chance that the interval of a cell with this rate of passing holds it, when it ends. */
function coverage(rate: number, confidence: Confidence): number {
  let going = new Map([[0, 1]])
  let held = 0
  for (let trials = 1; trials <= UNTIL_SURE_TRIALS; trials += 1) {
    const next = new Map<number, number>()
    for (const [passed, chance] of going) {
      for (const [now, factor] of [
        [passed + 1, rate],
        [passed, 1 - rate],
      ] as const) {
        next.set(now, (next.get(now) ?? 0) + chance * factor)
      }
    }
    going = new Map()
    for (const [passed, chance] of next) {
      if (!isSure(passed, trials, confidence) && trials < UNTIL_SURE_TRIALS) {
        going.set(passed, chance)
        continue
      }
      const { low, high } = wilson(passed, trials, confidence)
      if (low <= rate && rate <= high) held += chance
    }
  }
  return held
}
