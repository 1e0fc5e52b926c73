import { expect, test } from 'vitest'
import { compareReports, isSetback } from './compare.ts'
import type { VerdictWord } from './report.ts'
import { fakeReport, fakeTrials } from './ui/fake-report.ts'

type Words = readonly VerdictWord[]

function compare(before: Words, after: Words) {
  return compareReports(
    fakeReport(fakeTrials('r1', 's1', ...before)),
    fakeReport(fakeTrials('r1', 's1', ...after)),
  )
}

function times(count: number, word: VerdictWord): VerdictWord[] {
  return Array.from({ length: count }, () => word)
}

test.each<[string, Words, Words, string | undefined]>([
  ['the same', ['pass'], ['pass'], undefined],
  ['the same faults as before', ['stall', 'pass'], ['pass', 'stall'], undefined],
  ['a worse word', ['pass'], ['stall'], 'regression'],
  [
    'a worse word in one trial of many',
    times(9, 'pass'),
    [...times(8, 'pass'), 'leak'],
    'regression',
  ],
  ['a worse word instead of a bad one', ['flap'], ['wedge'], 'regression'],
  ['a better word', ['wedge'], ['flap'], 'improvement'],
  ['rarer passes, within the noise', ['pass', 'pass', 'flap'], ['flap', 'flap', 'pass'], undefined],
  [
    'rarer passes, beyond the noise',
    [...times(19, 'pass'), 'flap'],
    [...times(15, 'flap'), ...times(5, 'pass')],
    'regression',
  ],
  [
    'oftener passes, beyond the noise',
    [...times(15, 'flap'), ...times(5, 'pass')],
    [...times(19, 'pass'), 'flap'],
    'improvement',
  ],
  ['a runtime that does not start any more', ['pass'], ['error'], 'regression'],
  ['inconclusive now', ['pass'], ['inconclusive'], 'unjudged'],
  ['inconclusive in part', ['pass', 'pass'], ['inconclusive', 'pass'], undefined],
  ['not judged before', ['inconclusive'], ['stall'], 'new'],
  ['not run before', [], ['stall'], 'new'],
  ['not run now', ['stall'], [], 'gone'],
])('%s', (_, before, after, kind) => {
  expect(compare(before, after)[0]?.kind).toBe(kind)
})

test('a change says from what to what, with rates where there are several trials', () => {
  expect(compare(['pass', 'pass', 'pass'], ['stall', 'pass', 'stall'])).toEqual([
    {
      kind: 'regression',
      runtime: 'r1',
      scenario: 's1',
      text: 'pass 3/3, passes 100 % (44-100) -> stall 2/3, pass 1/3, passes 33 % (6-79)',
    },
  ])
  expect(compare(['pass'], ['stall'])[0]?.text).toBe('pass -> stall')
})

test('a regression and a cell that is not judged any more are setbacks, nothing else is', () => {
  const kinds = ['regression', 'unjudged', 'improvement', 'new', 'gone'] as const
  const change = { runtime: '', scenario: '', text: '' }
  expect(kinds.filter((kind) => isSetback({ kind, ...change }))).toEqual(['regression', 'unjudged'])
})

test('reports of one runtime each are compared whatever it is called', () => {
  const one = (name: string, word: VerdictWord) => {
    const report = fakeReport(fakeTrials(name, 's1', word))
    const runtimes = report.runtimes.slice(0, 1).map((row) => ({ ...row, name }))
    return fakeReport(report.trials, { runtimes })
  }
  expect(compareReports(one('containerd@2.0.0', 'pass'), one('containerd@2.0.1', 'wedge'))).toEqual(
    [
      {
        kind: 'regression',
        runtime: 'containerd@2.0.1',
        scenario: 's1',
        text: 'pass -> wedge',
      },
    ],
  )
})
