import { expect, test } from 'vitest'
import { mergeReports } from './merge.ts'
import type { ReadReport } from './read.ts'
import type { Report } from './report.ts'
import { fakeReport, fakeTrial, fakeTrials } from './ui/fake-report.ts'

const DEBIAN = { os: 'Debian 12', kernel: '6.1.0', arch: 'x64', cpus: 2 }
const FEDORA = { os: 'Fedora 42', kernel: '6.14.0', arch: 'x64', cpus: 4 }

function read(name: string, report: Report): ReadReport {
  return { name, dir: `/${name}`, report }
}

function on(machine: typeof DEBIAN, version = '1') {
  return { runtimes: [{ name: 'r1', version, machine }] }
}

test('shards of one plan become one report, with the rates of all', () => {
  const shard = (index: number) => ({ plan: { shard: { index, count: 2 } } })
  const a = fakeReport(fakeTrials('r1', 's1', 'pass', 'stall'), shard(1))
  const b = fakeReport(fakeTrials('r2', 's1', 'pass'), {
    ...shard(2),
    startedAt: '2026-08-02T14:06:00.000Z',
  })
  const { report, sources } = mergeReports([read('a', a), read('b', b)])
  expect(report.plan).toEqual({ seed: 7, trials: 1, untilSure: false, confidence: 95 })
  expect(report.cells.map(({ runtime, judged, passed }) => [runtime, judged, passed])).toEqual([
    ['r1', 2, 1],
    ['r2', 1, 1],
  ])
  expect(report.durationMs).toBe(120_000)
  expect(report.trials.map(({ startMs }) => startMs)).toEqual([0, 0, 60_000])
  expect(sources.map(({ dir }) => dir)).toEqual(['/a', '/a', '/b'])
})

test('a runtime on two kinds of machine has a row for each', () => {
  const a = fakeReport([fakeTrial()], on(DEBIAN))
  const b = fakeReport([fakeTrial({ word: 'stall' })], on(FEDORA))
  const { report } = mergeReports([read('a', a), read('b', b)])
  expect(report.runtimes.map(({ name }) => name)).toEqual([
    'r1 on Debian 12, Linux 6.1.0, x64',
    'r1 on Fedora 42, Linux 6.14.0, x64',
  ])
  expect(report.trials.map(({ id, files }) => [id, files.trace])).toEqual([
    ['Debian-12-Linux-6.1.0-x64.r1.s1.1', 'traces/Debian-12-Linux-6.1.0-x64.r1.s1.1.jsonl'],
    ['Fedora-42-Linux-6.14.0-x64.r1.s1.1', 'traces/Fedora-42-Linux-6.14.0-x64.r1.s1.1.jsonl'],
  ])
  expect(report.cells.map(({ verdicts }) => verdicts[0]?.word)).toEqual(['pass', 'stall'])
})

test('two versions under one name are two rows, machines of one kind are one', () => {
  const a = fakeReport([fakeTrial()], on(DEBIAN, '2.0.0'))
  const b = fakeReport([fakeTrial()], on({ ...DEBIAN, cpus: 8 }, '2.0.1'))
  const names = mergeReports([read('a', a), read('b', b)]).report.runtimes.map(({ name }) => name)
  expect(names).toEqual(['r1 on 2.0.0', 'r1 on 2.0.1'])
})

test('what was skipped stays so, under the name of its row', () => {
  const skipped = [{ runtime: 'r1', scenario: 's2', reason: 'no leave' }]
  const a = fakeReport([fakeTrial()], { ...on(DEBIAN), skipped })
  const again = fakeReport([fakeTrial({ trial: 2 })], { ...on(DEBIAN), skipped })
  const b = fakeReport([fakeTrial()], { ...on(FEDORA), skipped })
  const merged = (...inputs: [ReadReport, ...ReadReport[]]) => mergeReports(inputs).report.skipped
  expect(merged(read('a', a), read('again', again))).toEqual(skipped)
  expect(merged(read('a', a), read('b', b))?.map(({ runtime }) => runtime)).toEqual([
    'r1 on Debian 12, Linux 6.1.0, x64',
    'r1 on Fedora 42, Linux 6.14.0, x64',
  ])
  expect(merged(read('a', fakeReport([fakeTrial()])))).toBeUndefined()
  const ran = fakeReport([fakeTrial({ scenario: 's2' })], on(DEBIAN))
  expect(merged(read('a', a), read('ran', ran)) ?? []).toEqual([])
})

test('reports that do not belong together are refused, with what differs', () => {
  const a = fakeReport([fakeTrial()])
  const other = (fields: Parameters<typeof fakeReport>[1]) =>
    read('b', fakeReport([fakeTrial({ trial: 2 })], fields))
  const refused = (b: ReadReport) => () => mergeReports([read('a', a), b])
  expect(refused(other({ plan: { seed: 8 } }))).toThrow(
    'a and b are not of one plan: seed 7, 1 trials, 95 %; seed 8, 1 trials, 95 %.',
  )
  const scenarios = a.scenarios.map((scenario) => ({ ...scenario, digest: '1'.repeat(64) }))
  expect(refused(other({ scenarios }))).toThrow('The scenario s1 of b is not that of a.')
  expect(refused(read('b', a))).toThrow('Both /a and /b hold the trial r1.s1.1.')
})
