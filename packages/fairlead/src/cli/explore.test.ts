import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type CliOutcome, runInProcess } from '../../../../tests/in-process-cli.ts'

function fairlead(argv: readonly string[], signal?: AbortSignal): Promise<CliOutcome> {
  return runInProcess(['explore', ...argv], signal === undefined ? {} : { signal })
}

test('all subjects are searched; the exit code says that something was found', async () => {
  const { code, out } = await fairlead([])
  expect(code).toBe(1)
  expect(out).toMatch(/^SUBJECT +DEADLOCK +STALL +FLAP +UNSETTLED +LEAK +SCHEDULES\/S\n/)
  expect(out).toMatch(/^go-cni@1\.1\.10 +none in [\d,]+ +none in/m)
  expect(out).toMatch(/^go-cni@1\.1\.11 +in [\d,]+ of [\d,]+, first #1 +none in/m)
  expect(out).toMatch(/^go-cni@1\.1\.12 +none in [\d,]+ +in \d+ of/m)
  expect(out).toContain('All schedules with at most 2 preemptions.')
  expect(out).toContain('fairlead explore --replay x1:go-cni@1.1.12::0.1-2.1-3.1\n')
})

test('a subject without faults ends with 0', async () => {
  const { code, out } = await fairlead(['--subject', 'go-cni@1.1.10', '--preemptions', '1'])
  expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 5 })
})

test('the seed is printed, and is all that is needed to search again', async () => {
  const argv = ['--subject', 'go-cni@1.1.12', '--strategy', 'random', '--runs', '500', '-o', 'json']
  const { out } = await fairlead(argv)
  const { search, subjects } = JSON.parse(out)
  const again = JSON.parse((await fairlead([...argv, '--seed', String(search.seed)])).out)
  expect(again.subjects[0].findings).toEqual(subjects[0].findings)
  const { out: text } = await fairlead(['--strategy', 'pct', '--seed', '5', '--runs', '10'])
  expect(text).toContain('PCT schedules of depth 2, seed 5.')
})

test('a run that was cut off says so', async () => {
  const { out } = await fairlead(['--runs', '100', '--subject', 'go-cni@1.1.10'])
  expect(out).toContain('The first 100 schedules with at most 2 preemptions.')
})

test('a replayed run tells its story, and fails as it did', async () => {
  const { code, out } = await fairlead(['--replay', 'x1:go-cni@1.1.12::0.1-2.1-3.1'])
  expect(code).toBe(1)
  expect(out).toContain('waits behind reader ADD pod-1')
  expect(out).toContain('stall\n      Status took 10 s.\n')
  const well = await fairlead(['--replay', 'x1:go-cni@1.1.10::0'])
  expect(well.code).toBe(0)
  expect(well.out).toMatch(/\nNo fault\.\n$/)
})

test('the page goes to a file or to stdout', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-explore-'))
  const file = path.join(folder, 'stories.html')
  const argv = ['--replay', 'x1:go-cni@1.1.11::0']
  await fairlead([...argv, '--html', file])
  const { out } = await fairlead([...argv, '-o', 'html'])
  expect(await readFile(file, 'utf8')).toBe(out)
  const bad = await fairlead([...argv, '--html', path.join(folder, 'none', 'x.html')])
  expect(bad).toMatchObject({ code: 2, out: '' })
  expect(bad.err).toMatch(/^error: Cannot write the page: ENOENT/)
  await rm(folder, { recursive: true })
})

test.each([
  [['--subject', 'go-cni'], 'There is no subject named "go-cni".\nName one of go-cni@1.1.10, '],
  [['--replay', 'abc'], '"abc" cannot be replayed: it does not begin with x1:.\n'],
  [['--runs', '0'], 'Expected a whole number from 1 to 1000000000 for --runs, not "0".\n'],
  [['--preemptions', '1.5'], 'Expected a whole number from 0 to 100 for --preemptions, not "1.5"'],
  [
    ['--strategy', 'random', '--seed', 'x'],
    'Expected a whole number from 0 to 4294967295 for --se',
  ],
  [['--strategy', 'pct', '--depth', '0'], 'Expected a whole number from 1 to 100 for --depth'],
  [['--pods', '-1'], 'Expected a whole number from 0 to 100 for --pods, not "-1".\n'],
  [['--plugin-time', 'long'], 'Expected a length of time such as 300ms, 5s or 2m, not "long".\n'],
])('%j is refused in a sentence', async (argv, sentence) => {
  const { code, out, err } = await fairlead(argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err.startsWith(`error: ${sentence}`), err).toBe(true)
})

test('ctrl-C ends a search that would take hours', async () => {
  const interrupt = new AbortController()
  const running = fairlead(['--pods', '6', '--runs', '1000000000'], interrupt.signal)
  setTimeout(() => {
    interrupt.abort()
  }, 50)
  expect((await running).code).toBe(130)
})
