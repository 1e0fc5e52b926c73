import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VerdictWord } from '../packages/fairlead/src/lab/report/report.ts'
import { loadScenarios } from '../packages/fairlead/src/lab/scenario-files.ts'
import { TraceFile } from '../packages/fairlead/src/lab/trace-file.ts'
import { runTrial } from '../packages/fairlead/src/lab/trial.ts'
import { readVerdict } from '../packages/fairlead/src/lab/verdict.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import type { FlawName } from './stubs/flaws.ts'
import { stub } from './stubs/install.ts'
import { fixture, unable } from './support.ts'

/** For each scenario that ships, a flaw that it finds, and what it calls it: no scenario passes whatever is done. */
const FOUND_BY: Readonly<Record<string, readonly [FlawName, VerdictWord]>> = {
  'binary-gone-for-a-while': ['gives-up', 'wrong'],
  'binary-replaced-while-running': ['forgets-del', 'leak'],
  'busy-binary': ['forgets-del', 'leak'],
  'chain-second-fails': ['forgets-del', 'leak'],
  'conf-dir-removed': ['crashes-on-conf-dir-removal', 'crash'],
  'conf-dir-repointed': ['stale', 'wrong'],
  'conf-storm': ['flaps', 'flap'],
  'daemon-restarts': ['never-ready', 'wedge'],
  'damaged-cache-teardown': ['forgets-del', 'wrong'],
  'dangling-link': ['flaps', 'flap'],
  'disk-full': ['forgets-del', 'leak'],
  'dot-file-conf': ['flaps', 'flap'],
  'dual-cni-boot': ['wedges', 'wedge'],
  'dual-cni-reboot': ['wedges', 'wedge'],
  'emptied-conf-dir-reboot': ['never-ready', 'wedge'],
  'exclusive-fight': ['flaps', 'flap'],
  'failing-del': ['forgets-del', 'wrong'],
  'hard-linked-conf': ['never-ready', 'wedge'],
  'hundred-pods': ['forgets-del', 'leak'],
  'hung-status': ['never-ready', 'wedge'],
  'hung-status-reload': ['never-ready', 'wedge'],
  'invalid-conf': ['flaps', 'flap'],
  'kubeconfig-churn': ['flaps', 'flap'],
  'killed-mid-add': ['forgets-pods', 'wrong'],
  'killed-mid-del': ['forgets-pods', 'leak'],
  'late-binary': ['reports-ready-without-config', 'wrong'],
  'malformed-first-conf': ['flaps', 'flap'],
  'missing-loopback': ['never-ready', 'wedge'],
  'moved-in-conf': ['never-ready', 'wedge'],
  'next-pod-behind-reload': ['forgets-del', 'leak'],
  'network-removed-teardown': ['forgets-del', 'wrong'],
  'network-switched-teardown': ['forgets-del', 'wrong'],
  'not-executable-binary': ['reports-ready-without-config', 'wrong'],
  'observe-only': ['slow-status', 'stall'],
  'orphan-keeps-pipe': ['forgets-del', 'leak'],
  'plugin-crashes': ['gives-up', 'wrong'],
  'plugin-floods': ['gives-up', 'wrong'],
  'reboot-with-pods': ['forgets-pods', 'wrong'],
  'restart-hung-version': ['slow-status', 'stall'],
  'restart-with-pods': ['forgets-pods', 'wrong'],
  'second-network-arrives': ['picks-last', 'wrong'],
  'slow-add': ['stalls', 'stall'],
  'slow-add-reload': ['stalls', 'stall'],
  'slow-del-reload': ['stalls', 'stall'],
  'stale-meta-conf': ['reports-ready-without-config', 'wrong'],
  'status-says-no': ['reports-ready-without-config', 'wrong'],
  'sub-directory-conf': ['flaps', 'flap'],
  'stray-write': ['stalls', 'stall'],
  'symlinked-conf': ['never-ready', 'wedge'],
  'upgraded-in-place': ['forgets-pods', 'wrong'],
  'version-mismatch': ['flaps', 'flap'],
  'wrong-arch-binary': ['reports-ready-without-config', 'wrong'],
}

describe.skipIf(unable !== undefined)('a runtime with one flaw', { concurrent: true }, () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test.each([
    ['sound', fixture('restarts'), 'pass'],
    ['sound', fixture('reboot'), 'pass'],
    ['leaks-netns', fixture('restarts'), 'leak'],
    ...Object.entries(FOUND_BY).map(([scenario, [flaw, word]]) => [flaw, scenario, word] as const),
  ] as const)('%s in %s is a %s', async (flaw, scenario, word) => {
    const [loaded] = await loadScenarios([scenario])
    if (loaded === undefined) throw new Error('no scenario')
    const id = `${flaw}.${loaded.scenario.name}`
    using file = new TraceFile(path.join(folder, `${id}.jsonl`))
    await runTrial({
      loaded,
      install: stub(flaw),
      trial: 1,
      sink: file,
      logFile: path.join(folder, `${id}.log`),
      clock: systemClock,
      onLeftBehind: () => {
        // Its node goes, and all in it.
      },
      signal: AbortSignal.timeout(200_000),
    })
    const verdict = readVerdict(file.events)
    expect(verdict.word, verdict.reasons.join(' ')).toBe(word)
  })

  test('no scenario that ships is left out', async () => {
    const names = (await loadScenarios([])).map(({ scenario }) => scenario.name)
    expect(Object.keys(FOUND_BY).toSorted()).toEqual(names.toSorted())
  })
})
