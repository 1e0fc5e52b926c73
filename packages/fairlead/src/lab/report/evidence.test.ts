import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { consult } from '../../doctor/doctor.ts'
import { copyEvidence } from './evidence.ts'
import { fakeReport, fakeTrial } from './ui/fake-report.ts'

const trial = fakeTrial({ id: 't', word: 'wedge' })
let sent: string
let merged: string

beforeEach(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-evidence-'))
  ;[sent, merged] = [path.join(dir, 'sent'), path.join(dir, 'merged')]
  for (const folder of [sent, merged]) {
    for (const name of ['traces', 'logs']) await mkdir(path.join(folder, name), { recursive: true })
  }
  await writeFile(path.join(sent, 'report.json'), JSON.stringify(fakeReport([trial])))
})

afterEach(async () => {
  await rm(path.dirname(sent), { recursive: true })
})

const ways: readonly (readonly [string, (file: string) => Promise<void>])[] = [
  ['a link, which may lead anywhere', (file) => symlink('/etc/passwd', file)],
  ['a pipe, which nobody writes to', async (file) => void execFileSync('mkfifo', [file])],
]

test.each(ways)('a log of a report that is %s is not merged', async (_, put) => {
  await put(path.join(sent, trial.files.runtimeLog))
  expect(await copyEvidence([{ trial, from: trial, dir: sent }], merged)).toBe(1)
  expect(await readdir(path.join(merged, 'logs'))).toEqual([])
})

test.each(ways)('evidence of a report that is %s is not read by the doctor', async (_, put) => {
  await put(path.join(sent, trial.files.runtimeLog))
  await put(path.join(sent, trial.files.trace))
  const { signal } = new AbortController()
  const report = await consult([sent], { advisories: [], language: 'en', signal })
  expect(report.sources[0]?.problems).toEqual([
    { source: 't', what: expect.stringContaining('no file') },
  ])
})
