import { expect, test } from 'vitest'
import { AGENT_MUTANTS } from './agent-mutants.ts'
import { BOOT_DEFAULTS, type BootOptions } from './boot-options.ts'
import { randomExplorer } from './explorers.ts'
import type { FaultKind } from './faults.ts'
import type { Search } from './report.ts'
import { search } from './search-fixture.ts'
import { AGENTS, subjectNamed } from './subjects.ts'
import { runCase } from './trial.ts'

/** By option hours; each takes some milliseconds. */
const RUNS = Number(process.env['FL_EXPLORE_RUNS'] ?? 100)
const timeout = 60_000 + RUNS * 100

const ALL: readonly (readonly [string, Partial<BootOptions>])[] = [
  ['kills', { pods: 0, reloads: 2, kills: 1, polls: 1 }],
  ['a plugin that hangs', { reloads: 2, pluginMs: 'hang', kills: 1 }],
  ['sources that break, go and come back', { pods: 0, goings: 4, halves: 1, kills: 1, polls: 1 }],
  ['files that the runtime refuses', { pods: 0, refusals: 1, kills: 2, polls: 1 }],
  ['a STATUS that the runtime runs', { reloads: 2, statusMs: 500, kills: 1 }],
]

test.each(ALL)(
  'the agent breaks no rule, and the node settles, with %s',
  { timeout },
  async (_, boot) => {
    for (const subject of AGENTS.keys()) {
      for (const how of [
        { strategy: 'random', seed: 1, runs: RUNS },
        { strategy: 'pct', seed: 1, depth: 4, runs: RUNS },
      ] satisfies Search[]) {
        expect(await search(subject, how, boot)).toMatchObject({ findings: [] })
      }
    }
  },
)

const CASES: readonly (readonly [
  name: string,
  boot: Partial<BootOptions>,
  kind: FaultKind,
  message: RegExp,
])[] = [
  ['files-written-in-place', { pods: 0 }, 'breach', /what no source ever had/],
  ['files-removed-before-they-are-replaced', { pods: 0, reloads: 2 }, 'breach', /removes/],
  ['each-file-loaded-by-itself', { pods: 0, reloads: 2, polls: 1 }, 'breach', /2 loads of one/],
  ['a-file-that-goes-is-gone-at-once', { pods: 0, goings: 4 }, 'breach', /has been gone for/],
  ['the-last-network-goes-too', { pods: 0, goings: 4, polls: 1 }, 'breach', /the last network/],
  ['plugins-are-not-waited-for', { reloads: 2 }, 'breach', /while it sees a plugin run/],
  [
    'a-change-is-forgotten-with-its-end',
    { pods: 0, reloads: 0, refusals: 1, kills: 1, polls: 1 },
    'unsettled',
    /refused 1/,
  ],
  ['not-ready-is-not-seen', { pods: 0, reloads: 0, refusals: 1, polls: 1 }, 'unsettled', /refused/],
  ['no-evidence-is-kept', { reloads: 2, pluginMs: 'hang' }, 'breach', /without evidence/],
  ['a-short-silence-is-not-borne', { reloads: 2, pluginMs: 'hang' }, 'breach', /silent for 1/],
  ['a-hung-plugin-is-never-seen', { reloads: 2, pluginMs: 'hang' }, 'stall', /did not help/],
  [
    'repairs-are-forgotten-with-its-end',
    { pods: 4, reloads: 4, kills: 2, pluginMs: 'hang' },
    'breach',
    /repair 3 within ten minutes/,
  ],
  ['a-status-that-hangs-is-asked-for-again', { reloads: 2, pluginMs: 'hang' }, 'breach', /open at/],
]

test('every mutant has its case', () => {
  expect([...AGENT_MUTANTS.keys()]).toEqual(CASES.map(([name]) => `mutant@${name}`))
})

test.each(CASES)(
  '%s is found, with %j, as a %s',
  { timeout },
  async (name, boot, kind, message) => {
    const found = await firstOf(`mutant@${name}`, boot, kind)
    expect(found).toMatch(message)
  },
)

/** The first message of that kind; telling its plainest story would take far longer. */
async function firstOf(
  subject: string,
  boot: Partial<BootOptions>,
  kind: FaultKind,
): Promise<string | undefined> {
  const tested = { begin: subjectNamed(subject), options: { ...BOOT_DEFAULTS, ...boot } }
  const explorer = randomExplorer(1)
  for (let run = 0; run < 3_000; run += 1) {
    const strategy = explorer.next()
    if (strategy === undefined) break
    const fault = (await runCase(tested, strategy, kind)).faults.get(kind)
    if (fault !== undefined) return fault.message
  }
  return undefined
}
