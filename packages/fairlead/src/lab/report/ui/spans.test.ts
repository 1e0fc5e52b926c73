import { expect, test } from 'vitest'
import { untilNext } from './spans.ts'

test('each change holds until the next, the last until the end', () => {
  const stretches = untilNext([{ atMs: 5 }, { atMs: 20 }], 60)
  expect(stretches.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [5, 20],
    [20, 60],
  ])
})

test('a change after the end holds for no time', () => {
  expect(untilNext([{ atMs: 61 }], 60)).toMatchObject([{ startMs: 61, endMs: 61 }])
})
