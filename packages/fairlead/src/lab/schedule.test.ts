import { expect, test } from 'vitest'
import type { CellName } from './order.ts'
import type { Plan, VerdictWord } from './report/report.ts'
import { REPEATS_MAX, Schedule } from './schedule.ts'

const A: CellName = { runtime: 'r1', scenario: 'a' }
const B: CellName = { runtime: 'r1', scenario: 'b' }
const PLAN: Plan = { seed: 1, trials: 3, untilSure: false, confidence: 95 }

/** Runs a schedule to its end, one trial after another. */
function run(plan: Plan, cells: readonly CellName[], verdictOf: (nth: number) => VerdictWord) {
  const schedule = new Schedule(cells, plan)
  const ran = []
  for (let next = schedule.next(); next !== undefined; next = schedule.next()) {
    ran.push(next)
    schedule.ended(next, verdictOf(ran.length))
  }
  return ran
}

test('each cell has its trials, one a round', () => {
  const ran = run(PLAN, [A, B], () => 'stall')
  expect(ran.map(({ trial }) => trial)).toEqual([1, 1, 2, 2, 3, 3])
  for (const cell of [A, B]) expect(ran.filter((trial) => trial.cell === cell)).toHaveLength(3)
})

test('an inconclusive trial is run again after the others, a few times at most', () => {
  const ran = run({ ...PLAN, trials: 2 }, [A], (nth) => (nth === 2 ? 'pass' : 'inconclusive'))
  expect(ran.map(({ trial, repeats }) => [trial, repeats])).toEqual([
    [1, 0],
    [2, 0],
    [1, 1],
    [1, 2],
  ])
  expect(REPEATS_MAX).toBe(2)
})

test('until sure, a cell that always comes to the same ends after nine trials', () => {
  const plan = { ...PLAN, trials: 30, untilSure: true }
  expect(run(plan, [A], () => 'pass')).toHaveLength(9)
  expect(run(plan, [A], () => 'wedge')).toHaveLength(9)
})

test('until sure, a mixed cell goes on to the most trials allowed', () => {
  const plan = { ...PLAN, trials: 20, untilSure: true }
  const ran = run(plan, [A], (nth) => (nth % 2 === 0 ? 'pass' : 'flap'))
  expect(ran.map(({ trial }) => trial)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
})

test('until sure, trials that could not be judged make nobody surer and end at the cap all the same', () => {
  const plan = { ...PLAN, trials: 12, untilSure: true }
  expect(run(plan, [A], () => 'error')).toHaveLength(12)
  expect(run(plan, [A], () => 'inconclusive')).toHaveLength(12 * (1 + REPEATS_MAX))
})
