import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeScenario } from '../../../../tests/fake-scenario.ts'
import { TRACE_VERSION } from './trace.ts'
import { readTraceFile } from './trace-file.ts'

const TRIAL = {
  type: 'trial',
  traceVersion: TRACE_VERSION,
  atMs: 0,
  startedAt: '2026-08-02T14:05:00.000Z',
  scenario: fakeScenario({}),
  runtime: { name: 'containerd@2.0.1', version: '2.0.1' },
  trial: 1,
}
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-trace-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function read(...events: readonly object[]) {
  const file = path.join(dir, 'trace.jsonl')
  await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return readTraceFile(file)
}

test('a trace is read back as it was written', async () => {
  const end = { type: 'end', atMs: 5, reason: 'completed' }
  expect(await read(TRIAL, end)).toEqual([TRIAL, end])
})

test.each([
  ['a beginning that is no time', { ...TRIAL, startedAt: 'yesterday' }, /startedAt/],
  ['a moment that no clock can show', { ...TRIAL, atMs: 1e300 }, /atMs/],
])('%s is refused where it stands, since the doctor tells times', async (_, event, where) => {
  await expect(read(event)).rejects.toMatchObject({
    code: 'FL_TRACE_INVALID',
    message: expect.stringMatching(where),
  })
})
