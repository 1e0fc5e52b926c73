import { expect, test } from 'vitest'
import type { StatusSample } from '../../report.ts'
import { fakeReport, fakeTrial } from '../fake-report.ts'
import { cellOf, silenceText } from './cells.ts'

test('a cell holds its trials in order and the worst of them', () => {
  const second = fakeTrial({ id: 'second', trial: 2, word: 'wedge' })
  const first = fakeTrial({ id: 'first', trial: 1, word: 'pass' })
  const other = fakeTrial({ id: 'other', runtime: 'r2', word: 'crash' })
  expect(cellOf(fakeReport([second, first, other]), 'r1', 's1')).toEqual({
    trials: [first, second],
    worst: second,
  })
})

test('a pair that was not run has no cell', () => {
  expect(cellOf(fakeReport([fakeTrial()]), 'r1', 's2')).toBeUndefined()
})

const answered: StatusSample = {
  observer: 'probe',
  startMs: 0,
  latencyMs: 2,
  outcome: 'not-ready',
}
const timeline = { status: [answered] }

test.each([
  [[0], 'Status answered throughout'],
  [[640], 'Status silent 640 ms'],
  [[38_240], 'Status silent 38.2 s'],
  [[12_100, 62_000, 38_200], 'Status silent 12.1–62.0 s'],
  [[0, 38_200], 'Status silent 0–38.2 s'],
  [[38_210, 38_220], 'Status silent 38.2 s'],
])('silences of %j ms: %s', (silencesMs, text) => {
  const trials = silencesMs.map((statusSilenceMs) => fakeTrial({ statusSilenceMs, timeline }))
  expect(silenceText(trials)).toBe(text)
})

test('a trial in which nothing was answered is not called answered', () => {
  const failed: StatusSample = { ...answered, outcome: 'failed' }
  expect(silenceText([fakeTrial()])).toBe('Status never answered')
  expect(silenceText([fakeTrial({ timeline: { status: [failed] } })])).toBe('Status never answered')
})
