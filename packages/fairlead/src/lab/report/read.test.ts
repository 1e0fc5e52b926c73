import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readReport } from './read.ts'
import { fakeReport, fakeTrial } from './ui/fake-report.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-read-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const REPORT = fakeReport([fakeTrial()])

async function write(value: unknown): Promise<string> {
  const file = path.join(folder, 'report.json')
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

test('reads a report back, by its file or by its folder', async () => {
  const file = await write(REPORT)
  expect((await readReport(file)).report).toEqual(REPORT)
  expect(await readReport(folder)).toEqual({ name: folder, dir: folder, report: REPORT })
})

test.each([
  ['no JSON', '{', 'not JSON'],
  ['another JSON', {}, 'kind: is no Fairlead lab report'],
  ['another version', { ...REPORT, version: 1 }, 'version: only version 2 can be read'],
  [
    'evidence outside of the report',
    {
      ...REPORT,
      trials: REPORT.trials.map((trial) => ({
        ...trial,
        files: { ...trial.files, trace: 'traces/../../../etc/shadow' },
      })),
    },
    'trials.0.files.trace: expected a file such as traces/NAME.jsonl',
  ],
  [
    'an id that is a path',
    { ...REPORT, trials: REPORT.trials.map((trial) => ({ ...trial, id: '../x' })) },
    'trials.0.id: expected an id',
  ],
])('refuses %s, with the place', async (_, value, message) => {
  const file = await write(value)
  await expect(readReport(file)).rejects.toMatchObject({
    code: 'FL_REPORT_INVALID',
    message: expect.stringContaining(message),
  })
})

test('a report that is not there is refused', async () => {
  await expect(readReport(path.join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'FL_REPORT_INVALID',
    message: expect.stringContaining('it does not exist'),
  })
})
