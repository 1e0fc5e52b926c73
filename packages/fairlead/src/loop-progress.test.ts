import { expect, test } from 'vitest'
import { createProgress } from './loop-progress.ts'

test('a loop that is quiet for longer than it may is stuck until it goes on', () => {
  let nowMs = 0
  const progress = createProgress({ publishing: 100, watching: 50 }, { now: () => nowMs })
  nowMs = 60
  expect(progress.stuck()).toEqual(new Map([['watching', 60]]))
  progress.goesOn('watching')
  expect(progress.stuck()).toEqual(new Map())
  nowMs = 101
  expect(progress.agesMs()).toEqual(
    new Map([
      ['publishing', 101],
      ['watching', 41],
    ]),
  )
  expect([...progress.stuck().keys()]).toEqual(['publishing'])
})
