import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import { loadScenarios } from '../packages/fairlead/src/lab/scenario-files.ts'
import { TraceFile } from '../packages/fairlead/src/lab/trace-file.ts'
import { runTrial } from '../packages/fairlead/src/lab/trial.ts'
import { readVerdict } from '../packages/fairlead/src/lab/verdict.ts'
import type { FlawName } from './stubs/flaws.ts'
import { stub } from './stubs/install.ts'
import { fixture, unable } from './support.ts'

describe.skipIf(unable !== undefined)('a runtime with one flaw', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test.each([
    ['sound', 'restarts', 'pass'],
    ['sound', 'reboot', 'pass'],
    ['stalls', 'restarts', 'stall'],
    ['wedges', 'restarts', 'wedge'],
    ['never-ready', 'quick', 'wedge'],
    ['forgets-pods', 'restarts', 'leak'],
    ['forgets-del', 'reboot', 'leak'],
    ['leaks-netns', 'restarts', 'leak'],
  ] as const)('%s in %s is a %s', async (flaw: FlawName, scenario, word) => {
    const [loaded] = await loadScenarios([fixture(scenario)])
    if (loaded === undefined) throw new Error('no scenario')
    using file = new TraceFile(path.join(folder, `${flaw}.jsonl`))
    await runTrial({
      loaded,
      install: stub(flaw),
      trial: 1,
      sink: file,
      logFile: path.join(folder, `${flaw}.log`),
      clock: systemClock,
      signal: AbortSignal.timeout(200_000),
    })
    const verdict = readVerdict(file.events)
    expect(verdict.word, verdict.reasons.join(' ')).toBe(word)
  })
})
