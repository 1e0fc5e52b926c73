import { expect, test } from 'vitest'
import { systemClock } from '../ports.ts'
import { BOOT_DEFAULTS, type BootOptions } from './boot-options.ts'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import { MUTANTS } from './mutants.ts'

const CASES: readonly (readonly [name: string, Partial<BootOptions>, FaultKind])[] = [
  ['setup-forgets-to-undo', { pluginMs: 'hang' }, 'leak'],
  ['status-waits-for-reload', { loadMs: 6_000 }, 'stall'],
  ['reload-waits-for-operations', {}, 'stall'],
  ['operation-waits-for-the-reload-that-waits-for-it', {}, 'deadlock'],
  ['networks-emptied-before-they-are-loaded', {}, 'flap'],
  ['one-bad-file-costs-all', { halves: 1, reloads: 0 }, 'unsettled'],
  ['hints-during-a-reload-are-lost', { reloads: 2, pods: 0 }, 'unsettled'],
  ['removal-stays-in-the-cache', { removals: 1, pods: 0 }, 'leak'],
  ['failed-removal-leaves-the-cache', { removals: 1, pods: 0, pluginMs: 'hang' }, 'leak'],
  ['cache-is-written-later', { evictions: 1, reloads: 0, polls: 0 }, 'leak'],
  ['setup-and-removal-of-a-sandbox-at-once', { evictions: 1, reloads: 0, polls: 0 }, 'leak'],
]

async function found(subject: string, boot: Partial<BootOptions>): Promise<readonly string[]> {
  const { subjects } = await explore({
    subjects: [subject],
    search: { strategy: 'exhaustive', preemptions: 2, runs: 4_000 },
    boot: { ...BOOT_DEFAULTS, ...boot },
    clock: systemClock,
    signal: new AbortController().signal,
  })
  return subjects.flatMap(({ findings }) => findings.map(({ kind }) => kind))
}

test('every mutant has its case', () => {
  expect([...MUTANTS.keys()]).toEqual(
    expect.arrayContaining(CASES.map(([name]) => `mutant@${name}`)),
  )
  expect(MUTANTS.size).toBe(CASES.length)
})

test.each(CASES)('%s is found, with %j, as a %s', async (name, boot, kind) => {
  expect(await found(`mutant@${name}`, boot)).toContain(kind)
  // What is found is the mutant's mistake, and not Fairlead's.
  expect(await found('fairlead', boot)).not.toContain(kind)
})
