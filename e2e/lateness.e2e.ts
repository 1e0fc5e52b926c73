import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readReport } from '../packages/fairlead/src/lab/report/read.ts'
import { fixture, startFairlead, unable, until } from './support.ts'

describe.skipIf(unable !== undefined)('a machine that is too slow', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  test('makes a trial inconclusive, not the runtime a stall, and the trial is run again', async () => {
    const { child, ended, written } = startFairlead(
      ['lab', 'run', '--runtime', 'fairlead', '--scenario', fixture('watched'), '--seed', '1'],
      folder,
    )
    await until(() => written.err.includes('wait 8 s'))
    // The lab's own process does not get to run; the runtime under test does.
    child.kill('SIGSTOP')
    await delay(3000)
    child.kill('SIGCONT')
    const { code, err } = await ended
    expect(err).toContain('fairlead watched: inconclusive')
    expect(code, err).toBe(0)
    const { report } = await readReport(path.join(folder, 'fairlead-report'))
    expect(report.trials).toHaveLength(1)
    expect(report.trials[0]).toMatchObject({ repeats: 1, verdict: { word: 'pass' } })
    expect(report.trials[0]?.verdict.latenessMs).toBeLessThan(500)
  })
})
