import { expect, test } from 'vitest'
import type { VerdictWord } from '../../report.ts'
import { VERDICT_WORDS } from '../../report.ts'
import { fakeReport, fakeTrial } from '../fake-report.ts'
import { SEVERITY, summary, tally, worstFirst } from './severity.ts'

test('ranks the words as the contract does', () => {
  const words = VERDICT_WORDS.toSorted((a, b) => SEVERITY[a] - SEVERITY[b])
  expect(words).toEqual(VERDICT_WORDS)
})

test('counts the worst word first', () => {
  expect(tally(trials('pass', 'wedge', 'pass', 'flap'))).toEqual([
    { word: 'wedge', count: 1 },
    { word: 'flap', count: 1 },
    { word: 'pass', count: 2 },
  ])
})

test('sums up in one sentence', () => {
  expect(summary(trials('pass', 'pass', 'stall', 'flap'))).toBe(
    '2 of 4 trials pass; 1 stall, 1 flap',
  )
  expect(summary(trials('crash', 'crash'))).toBe('0 of 2 trials pass; 2 crashes')
  expect(summary(trials('pass'))).toBe('1 of 1 trial passes')
  expect(summary([])).toBe('No trial was run')
})

test('sorts by verdict, then scenario, runtime and trial as in the matrix', () => {
  const sorted = worstFirst(
    fakeReport([
      fakeTrial({ id: 'pass', scenario: 's1', runtime: 'r1', word: 'pass' }),
      fakeTrial({ id: 'flap s2', scenario: 's2', runtime: 'r1', word: 'flap' }),
      fakeTrial({ id: 'flap r2', scenario: 's1', runtime: 'r2', word: 'flap' }),
      fakeTrial({ id: 'flap 2', scenario: 's1', runtime: 'r1', word: 'flap', trial: 2 }),
      fakeTrial({ id: 'flap 1', scenario: 's1', runtime: 'r1', word: 'flap', trial: 1 }),
      fakeTrial({ id: 'wedge', scenario: 's2', runtime: 'r2', word: 'wedge' }),
    ]),
  )
  expect(sorted.map((trial) => trial.id)).toEqual([
    'wedge',
    'flap 1',
    'flap 2',
    'flap r2',
    'flap s2',
    'pass',
  ])
})

function trials(...words: VerdictWord[]) {
  return words.map((word) => fakeTrial({ word }))
}
