import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeReport, fakeTrial } from '../lab/report/ui/fake-report.ts'
import { Runs } from './runs.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-runs-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function write(dir: string, text: string) {
  await mkdir(path.join(folder, dir, 'traces'), { recursive: true })
  await writeFile(path.join(folder, dir, 'report.json'), text)
}

function report(startedAt: string): string {
  return JSON.stringify(
    fakeReport([fakeTrial({ word: 'wedge' }), fakeTrial({ trial: 2 })], { startedAt }),
  )
}

test('runs are found in a folder and in those within it, the latest first', async () => {
  await write('old', report('2026-08-01T00:00:00.000Z'))
  await write('new', report('2026-08-02T00:00:00.000Z'))
  await mkdir(path.join(folder, 'empty'))
  const runs = await new Runs([folder, path.join(folder, 'old')]).list()
  expect(runs.map(({ dir }) => path.basename(dir))).toEqual(['new', 'old'])
  expect(runs[0]?.content).toEqual({
    ok: true,
    startedAt: '2026-08-02T00:00:00.000Z',
    durationMs: 60_000,
    runtimes: ['r1', 'r2'],
    scenarios: 2,
    verdicts: ['wedge', 'pass'],
  })
})

test('one that cannot be read costs only itself, and is said why', async () => {
  await write('bad', '{"kind":"other"}')
  await write('good', report('2026-08-02T00:00:00.000Z'))
  const runs = await new Runs([folder]).list()
  expect(runs.map(({ content }) => content.ok)).toEqual([true, false])
  expect(runs[1]?.content).toMatchObject({
    problem: expect.stringContaining('kind: is no Fairlead lab report'),
  })
  expect(await new Runs([folder]).report(runs[1]?.id ?? '')).toBeUndefined()
})

test('a report that was written anew is read anew', async () => {
  await write('run', report('2026-08-01T00:00:00.000Z'))
  const runs = new Runs([folder])
  const [before] = await runs.list()
  await write('run', report('2026-08-02T00:00:00.000Z'))
  await utimes(path.join(folder, 'run', 'report.json'), 1, 1)
  const [now] = await runs.list()
  expect(now?.id).toBe(before?.id)
  expect((await runs.report(now?.id ?? ''))?.startedAt).toBe('2026-08-02T00:00:00.000Z')
})

test('a folder that has gone has no runs', async () => {
  expect(await new Runs([path.join(folder, 'none')]).list()).toEqual([])
})

test('only what lies in the report is shown of a trial, not what a link in it leads to', async () => {
  await write('run', report('2026-08-01T00:00:00.000Z'))
  const runs = new Runs([folder])
  const id = (await runs.list())[0]?.id ?? ''
  expect(await runs.file(id, 'r1.s1.1', 'trace')).toBeUndefined()
  await writeFile(path.join(folder, 'secret'), 'x')
  const file = path.join(folder, 'run', 'traces', 'r1.s1.1.jsonl')
  await symlink('../../secret', file)
  expect(await runs.file(id, 'r1.s1.1', 'trace')).toBeUndefined()
  await rm(file)
  await writeFile(file, '')
  expect(await runs.file(id, 'r1.s1.1', 'trace')).toBe(file)
  expect(await runs.file(id, '../r1.s1.1', 'trace')).toBeUndefined()
  expect(await runs.file('run-00000000', 'r1.s1.1', 'trace')).toBeUndefined()
})
