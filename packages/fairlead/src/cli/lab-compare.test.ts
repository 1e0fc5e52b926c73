import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Report, VerdictWord } from '../lab/report/report.ts'
import { fakeReport, fakeTrials } from '../lab/report/ui/fake-report.ts'
import { type CliOutcome, runInProcess } from '../../../../tests/in-process-cli.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-compare-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function fairlead(...argv: string[]): Promise<CliOutcome> {
  const { code, out, err } = await runInProcess(argv, { env: process.env })
  const tidy = (text: string) =>
    text.replaceAll(path.relative(process.cwd(), folder), '<tmp>').replaceAll(folder, '<tmp>')
  return { code, out: tidy(out), err: tidy(err) }
}

async function write(name: string, report: Report): Promise<string> {
  const dir = path.join(folder, name)
  await mkdir(dir)
  await writeFile(path.join(dir, 'report.json'), JSON.stringify(report))
  return dir
}

async function compare(before: readonly VerdictWord[], after: readonly VerdictWord[]) {
  const a = await write('a', fakeReport(fakeTrials('r1', 's1', ...before)))
  const b = await write('b', fakeReport(fakeTrials('r1', 's1', ...after)))
  return fairlead('lab', 'compare', a, path.join(b, 'report.json'))
}

test('a regression is one line and ends with 1', async () => {
  expect(await compare(['pass', 'pass'], ['pass', 'stall'])).toEqual({
    code: 1,
    out: 'regression  r1 s1: pass 2/2, passes 100 % (34-100) -> stall 1/2, pass 1/2, passes 50 % (9-91)\n',
    err: '',
  })
})

test('a cell that is inconclusive now ends with 1', async () => {
  const { code, out } = await compare(['pass'], ['inconclusive'])
  expect([code, out]).toEqual([1, 'unjudged    r1 s1: pass -> inconclusive\n'])
})

test('an improvement, or nothing, ends with 0', async () => {
  const { code, out } = await compare(['stall'], ['pass'])
  expect([code, out]).toEqual([0, 'improvement r1 s1: stall -> pass\n'])
  const a = path.join(folder, 'a')
  expect(await fairlead('lab', 'compare', a, a)).toEqual({
    code: 0,
    out: 'No cell changed.\n',
    err: '',
  })
})

test('programs get the changes as JSON', async () => {
  await compare(['pass'], ['wedge'])
  const { code, out } = await fairlead(
    'lab',
    'compare',
    path.join(folder, 'a'),
    path.join(folder, 'b'),
    '-o',
    'json',
  )
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({
    changes: [{ kind: 'regression', runtime: 'r1', scenario: 's1', text: 'pass -> wedge' }],
  })
})

test('what is no report ends with 2 and says where', async () => {
  const file = path.join(folder, 'x.json')
  await writeFile(file, '{"kind":"other"}')
  expect(await fairlead('lab', 'compare', file, file)).toEqual({
    code: 2,
    out: '',
    err:
      'error: <tmp>/x.json: kind: is no Fairlead lab report\n' +
      'Give the report.json of a `fairlead lab run`, or its folder.\n',
  })
})

async function shards(): Promise<string[]> {
  const shard = (index: number) => ({ plan: { shard: { index, count: 2 } } })
  const cells = (...names: readonly [string, string][]) =>
    names.flatMap(([runtime, scenario]) => fakeTrials(runtime, scenario, 'pass'))
  return [
    await write('1', fakeReport(cells(['r1', 's1'], ['r2', 's2']), shard(1))),
    await write('2', fakeReport(cells(['r1', 's2'], ['r2', 's1']), shard(2))),
  ]
}

test('shards are merged into a report of its own', async () => {
  const to = path.join(folder, 'merged')
  const { code, out, err } = await fairlead('lab', 'merge', ...(await shards()), '--report', to)
  expect(err).toBe(
    '4 trials come without their trace or log.\n\nReport: <tmp>/merged/report.html\n',
  )
  expect(code).toBe(0)
  expect(out.match(/ pass /g)).toHaveLength(4)
  expect((await readdir(to)).toSorted()).toEqual([
    'junit.xml',
    'logs',
    'report.html',
    'report.json',
    'summary.json',
    'summary.md',
    'traces',
  ])
  const report: unknown = JSON.parse(await readFile(path.join(to, 'report.json'), 'utf8'))
  expect(report).toMatchObject({ plan: { seed: 7 }, cells: { length: 4 } })
})

test('a shard that is missing ends with 1', async () => {
  const [first = ''] = await shards()
  const to = path.join(folder, 'merged')
  const { code, err } = await fairlead('lab', 'merge', first, '--report', to)
  expect(code).toBe(1)
  expect(err).toContain('2 cells were not run; is a shard missing?')
})

test('merging into one of the reports is refused, and so is merging one twice', async () => {
  const [first = ''] = await shards()
  const into = await fairlead('lab', 'merge', first, '--report', first)
  expect(into).toMatchObject({ code: 2, out: '' })
  const twice = await fairlead('lab', 'merge', first, first, '--report', path.join(folder, 'm'))
  expect(twice.code).toBe(2)
  expect(twice.err).toContain('Both <tmp>/1 and <tmp>/1 hold the trial r1.s1.1.')
  expect(await readdir(folder)).toEqual(['1', '2'])
})

test('a gate passes what was bad before and is not worse', async () => {
  const bad = await write('bad', fakeReport(fakeTrials('r1', 's1', 'stall')))
  const good = await write('good', fakeReport(fakeTrials('r1', 's1', 'pass')))
  const one = {
    runtimes: fakeReport([]).runtimes.slice(0, 1),
    scenarios: fakeReport([]).scenarios.slice(0, 1),
  }
  const now = await write('now', fakeReport(fakeTrials('r1', 's1', 'stall'), one))
  const merge = (...flags: string[]) =>
    fairlead('lab', 'merge', now, '--report', path.join(folder, 'merged'), ...flags)
  expect((await merge()).code).toBe(1)
  expect((await merge('--baseline', bad)).code).toBe(1)
  expect((await merge('--baseline', bad, '--fail-on', 'regression')).code).toBe(0)
  const worse = await merge('--baseline', good, '--fail-on', 'regression')
  expect(worse.code).toBe(1)
  expect(worse.out).toContain('\nregression  r1 s1: pass -> stall\n')
})

test('a gate without a baseline is refused before anything is run', async () => {
  const { code, err } = await fairlead('lab', 'run', '--fail-on', 'regression')
  expect([code, err]).toEqual([
    2,
    'error: --fail-on regression takes a --baseline.\nName the report.json of an earlier run.\n',
  ])
})

test.each([
  ['--shard', '0/2', 'expected a part such as 1/4 or 4/4, not "0/2"'],
  ['--shard', '3/2', 'expected a part such as 1/4 or 4/4, not "3/2"'],
  ['--seed', '-1', 'expected a whole number of at least 0, not "-1"'],
  ['--confidence', '97', 'expected one of 80, 90, 95, 99, not "97"'],
])('%s %s is refused', async (flag, value, message) => {
  const { code, err } = await fairlead('lab', 'run', flag, value)
  expect(code).toBe(2)
  expect(err).toContain(message)
})
