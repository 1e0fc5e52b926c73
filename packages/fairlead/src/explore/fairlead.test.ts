import { type Networks, openNetworks } from '@fairlead/networks'
import { expect, test } from 'vitest'
import { BOOT_DEFAULTS, type BootOptions } from './boot-options.ts'
import { booted } from './boot.ts'
import { replayRun } from './explore.ts'
import { randomExplorer } from './explorers.ts'
import { fairlead } from './fairlead.ts'
import { FAULT_KINDS } from './faults.ts'
import { parseReplay } from './replay-string.ts'
import type { Search } from './report.ts'
import { search } from './search-fixture.ts'
import { storyText } from './story-text.ts'
import type { CreateSubject } from './subject.ts'
import { runCase } from './trial.ts'

const EXHAUSTIVE: Search = { strategy: 'exhaustive', preemptions: 2, runs: 1_000_000 }
const RUNS = Number(process.env['FL_EXPLORE_RUNS'] ?? 3_000)
/** By option hours. */
const timeout = 60_000 + RUNS * 10

test('Fairlead has no fault in any schedule of the boot with two preemptions', async () => {
  const report = await search('fairlead', EXHAUSTIVE)
  expect(report).toMatchObject({ complete: true, findings: [] })
  expect(report.schedules).toBeGreaterThan(1_000)
})

test.each([
  ['a hanging plugin', { pluginMs: 'hang' }],
  ['a slow STATUS', { statusMs: 12_000, pods: 0 }],
  ['a slow load', { loadMs: 6_000 }],
  ['a removal', { removals: 1, pods: 0 }],
  ['a removal that hangs', { removals: 1, pods: 0, pluginMs: 'hang' }],
  ['a pod that is taken down while it starts', { evictions: 1, reloads: 0, polls: 1 }],
  ['two pods', { pods: 2, reloads: 0, polls: 1 }],
  ['two writes', { reloads: 2, pods: 0, polls: 2 }],
] satisfies [string, Partial<BootOptions>][])('nor with %s', { timeout }, async (_, boot) => {
  expect(await search('fairlead', EXHAUSTIVE, boot)).toMatchObject({ complete: true, findings: [] })
})

test.each([
  { strategy: 'random', seed: 1, runs: RUNS },
  { strategy: 'pct', seed: 1, depth: 3, runs: RUNS },
] satisfies Search[])('chance finds nothing either: $strategy', { timeout }, async (how) => {
  const busy = { pods: 2, evictions: 2, removals: 1, reloads: 2 }
  for (const boot of [{}, busy, { ...busy, pluginMs: 'hang', statusMs: 1_000 }] as const) {
    expect(await search('fairlead', how, boot)).toMatchObject({ findings: [] })
  }
})

// Found so: a reload gave every network a new observer that knew nothing yet, and took ready back.
test('half of a file that sorts first makes no difference', async () => {
  const boot = { halves: 1, reloads: 0, pods: 0 }
  expect(await search('fairlead', EXHAUSTIVE, boot)).toMatchObject({ findings: [] })
})

// Found so: all that waited for a running load began one each, and the older reading could come last.
test('whoever reloads at once, the newest reading stays in force', async () => {
  const createSubject: CreateSubject = (...given) => {
    let networks: Networks | undefined
    const open = async (options: Parameters<typeof openNetworks>[0]) => {
      networks = await openNetworks(options)
      return networks
    }
    const subject = fairlead({ open })(...given)
    // A folder that gives no hints; everyone who writes asks for a reload.
    const load = async () => {
      await subject.status()
      void networks?.reload()
    }
    return { ...subject, load }
  }
  const options = { ...BOOT_DEFAULTS, pods: 0, polls: 0, reloads: 4 }
  const explorer = randomExplorer(1)
  for (let run = 0; run < 2_000; run += 1) {
    const strategy = explorer.next()
    if (strategy === undefined) break
    expect((await runCase({ begin: booted(createSubject), options }, strategy)).faults).toEqual(
      new Map(),
    )
  }
})

test('half of a file that sorts first costs go-cni all networks, for as long as it lies there', async () => {
  for (const subject of ['go-cni@1.1.10', 'go-cni@1.1.11', 'go-cni@1.1.12']) {
    const report = await search(subject, EXHAUSTIVE, { halves: 1, reloads: 0, pods: 0 })
    expect(report.findings.map(({ kind }) => kind)).toEqual(['flap', 'unsettled'])
  }
})

test('a run is told with what the networks do, step by step, and ends before they look again', async () => {
  const { faults, story } = await replayRun(parseReplay('x1:fairlead:evictions=1:0'))
  expect(faults).toEqual([])
  expect(storyText(story)).toMatchInlineSnapshot(`
    "   1   0 s  kubelet        calls Status; gets the answer: ready
       2   0 s  ADD pod-1      begins
       3   0 s  ADD pod-1      looks for cilium-cni; runs the plugin's ADD
       4   0 s  DEL pod-1      begins
       5   0 s  the installer  writes a file to the conf dir
       6   0 s  the syncer     sees the write
       7   0 s  the networks   is woken by its timer
       8   0 s  the networks   lists the conf dir
       9   0 s  the networks   reads 10-cilium-1.conflist; has loaded cilium
      10   0 s  the observer   looks for cilium-cni
      11   0 s  the observer   looks for cilium-cni
      12   0 s  the observer   looks for cilium-cni
      13   0 s  the observer   sees the plugin's VERSION done
      14   5 s                 5 s pass
      15   5 s  kubelet        calls Status; gets the answer: ready
      16  10 s                 5 s pass
      17  10 s  kubelet        calls Status; gets the answer: ready
      18  10 s  ADD pod-1      sees the plugin's ADD done
      19  10 s  ADD pod-1      has written the attachment to the cache; is done
      20  10 s  DEL pod-1      lists the cache
      21  10 s  DEL pod-1      reads the cache
      22  10 s  DEL pod-1      looks for cilium-cni; runs the plugin's DEL
      23  20 s                 10 s pass
      24  20 s  DEL pod-1      sees the plugin's DEL done
      25  20 s  DEL pod-1      has removed the attachment from the cache; is done
    "
  `)
  expect(FAULT_KINDS).toEqual(['deadlock', 'stall', 'flap', 'unsettled', 'leak', 'breach'])
})
