import { expect, test } from 'vitest'
import { fakeReport, fakeTrial, fakeTrials } from '../fake-report.ts'
import { matrixRows, rateText, silenceText } from './cells.ts'

test('a cell holds its trials in order and the worst of them', () => {
  const second = fakeTrial({ id: 'second', trial: 2, word: 'wedge' })
  const first = fakeTrial({ id: 'first', trial: 1, word: 'pass' })
  const other = fakeTrial({ id: 'other', runtime: 'r2', word: 'crash' })
  const [row] = matrixRows(fakeReport([second, first, other]))
  expect(row?.cells[0]).toMatchObject({ trials: [first, second], worst: second, passed: 1 })
  expect(row?.cells[1]).toMatchObject({ trials: [other], worst: other })
})

test('a pair that was not run has no cell', () => {
  const rows = matrixRows(fakeReport([fakeTrial()]))
  expect(rows.map(({ cells }) => cells.map((cell) => cell !== undefined))).toEqual([
    [true, false],
    [false, false],
  ])
})

test('the scenario with the worst verdict is first, and the one with more of them', () => {
  const names = (...trials: ReturnType<typeof fakeTrials>) =>
    matrixRows(fakeReport(trials)).map(({ scenario }) => scenario.name)
  expect(names(...fakeTrials('r1', 's1', 'flap'), ...fakeTrials('r1', 's2', 'wedge'))).toEqual([
    's2',
    's1',
  ])
  expect(
    names(
      ...fakeTrials('r1', 's1', 'flap'),
      ...fakeTrials('r1', 's2', 'flap'),
      ...fakeTrials('r2', 's2', 'flap'),
    ),
  ).toEqual(['s2', 's1'])
})

test('a rate is told by its interval, and only of several trials', () => {
  const rate = (...words: Parameters<typeof fakeTrials>[2][]) => {
    const [cell] = fakeReport(fakeTrials('r1', 's1', ...words)).cells
    return cell && rateText(cell)
  }
  expect(rate('pass')).toBeUndefined()
  expect(rate('pass', 'stall', 'stall', 'inconclusive')).toBe('passes 6–79 %')
})

test.each([
  [[0], 'Status answered throughout'],
  [[640], 'Status silent 640 ms'],
  [[38_240], 'Status silent 38.2 s'],
  [[12_100, 62_000, 38_200], 'Status silent 12.1–62.0 s'],
  [[0, 38_200], 'Status silent 0–38.2 s'],
  [[38_210, 38_220], 'Status silent 38.2 s'],
])('silences of %j ms: %s', (silencesMs, text) => {
  const trials = silencesMs.map((statusSilenceMs) => fakeTrial({ statusSilenceMs }))
  expect(silenceText(trials)).toBe(text)
})

test('a trial in which nothing was answered is not called answered', () => {
  expect(silenceText([fakeTrial({ verdict: { statusAnswered: false } })])).toBe(
    'Status never answered',
  )
})
