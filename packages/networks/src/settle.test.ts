import { expect, test } from 'vitest'
import { manualClock, quiet } from '../../../tests/manual-clock.ts'
import { settled } from './settle.ts'

/** Runs that end when they are told to, in any order. */
function heldRuns() {
  const runs: (() => void)[] = []
  const run = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    runs.push(resolve)
    return promise
  }
  return { runs, run }
}

const TIMES = { quietMs: 100, longestMs: 1_000 }

test('however many ask for a run at once, there are never two at a time', async () => {
  const { runs, run } = heldRuns()
  const reloads = settled(run, TIMES, manualClock())
  const done: number[] = []
  for (const who of [1, 2, 3, 4]) void reloads.runNow().then(() => done.push(who))
  await quiet()
  expect([runs.length, done]).toEqual([1, []])
  runs[0]?.()
  await quiet()
  // The others came during the first run, which may have been too early for them; one more does for all.
  expect([runs.length, done]).toEqual([2, [1]])
  runs[1]?.()
  await quiet()
  expect([runs.length, done]).toEqual([2, [1, 2, 3, 4]])
})

test('a hint during a run leads to another one', async () => {
  const clock = manualClock()
  const { runs, run } = heldRuns()
  const reloads = settled(run, TIMES, clock)
  void reloads.runNow()
  reloads.hint()
  await clock.advance(1_000)
  expect(runs).toHaveLength(1)
  runs[0]?.()
  await clock.advance(100)
  expect(runs).toHaveLength(2)
})

test('hints that never end are acted upon all the same', async () => {
  const clock = manualClock()
  const { runs, run } = heldRuns()
  const reloads = settled(run, TIMES, clock)
  for (let ms = 0; ms < 1_000; ms += 50) {
    reloads.hint()
    await clock.advance(50)
  }
  expect(runs).toHaveLength(1)
})

test('after the end nothing runs', async () => {
  const clock = manualClock()
  const { runs, run } = heldRuns()
  const reloads = settled(run, TIMES, clock)
  reloads.hint()
  reloads.close()
  await reloads.runNow()
  await clock.advance(1_000)
  expect(runs).toEqual([])
})
