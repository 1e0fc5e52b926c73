import { expect, test } from 'vitest'
import { replayRun } from './explore.ts'
import { parseReplay } from './replay-string.ts'
import type { Search, SubjectReport } from './report.ts'
import { search } from './search-fixture.ts'
import { storyText } from './story-text.ts'

const EXHAUSTIVE: Search = { strategy: 'exhaustive', preemptions: 2, runs: 1_000_000 }

const kinds = ({ findings }: SubjectReport) => findings.map(({ kind }) => kind)

test('1.1.10 neither deadlocks nor stalls in any schedule with two preemptions', async () => {
  const report = await search('go-cni@1.1.10', EXHAUSTIVE)
  expect(report).toMatchObject({ complete: true, findings: [] })
  expect(report.schedules).toBeGreaterThan(1_000)
})

test('1.1.11 deadlocks', async () => {
  const report = await search('go-cni@1.1.11', EXHAUSTIVE)
  expect(report.complete).toBe(true)
  expect(report.findings).toMatchObject([
    {
      kind: 'deadlock',
      message: "ADD pod-1, the syncer's reload and kubelet's Status never end.",
      waits: [
        'the syncer waits for the write lock until ADD pod-1 lets the read lock go',
        'kubelet waits for the read lock behind the syncer',
        'ADD pod-1 waits for the read lock a second time behind the syncer',
      ],
    },
  ])
})

test('1.1.12 does not deadlock in any schedule with two preemptions, but stalls', async () => {
  const report = await search('go-cni@1.1.12', EXHAUSTIVE)
  expect(report.complete).toBe(true)
  expect(report.findings).toMatchObject([{ kind: 'stall', message: 'Status took 10 s.' }])
  expect(storyText(report.findings[0]?.story ?? { actors: [], lines: [], spans: [] }))
    .toMatchInlineSnapshot(`
      "   1   0 s  ADD pod-1      begins
         2   0 s  ADD pod-1      takes the read lock for the whole call; runs the plugin's ADD
         3   0 s  the installer  writes a file to the conf dir
         4   0 s  the syncer     sees the write
         5   0 s  the syncer     asks for the write lock to reload and waits behind reader ADD pod-1
         6   0 s  kubelet        calls Status
         7   0 s  kubelet        asks for the read lock for the whole call and waits behind the syncer, who waits for the write lock
         8  10 s                 10 s pass
         9  10 s  ADD pod-1      sees the plugin's ADD done; lets the read lock go; the syncer gets the write lock; is done
        10  10 s  the syncer     reads the conf dir; lets the write lock go; kubelet gets the read lock; kubelet lets the read lock go; kubelet gets the answer after 10 s: ready
      "
    `)
})

test.each([1, 2, 3, 4, 5])(
  'seed %i: chance finds the deadlock and the stall in 300 schedules, and the same ones again',
  async (seed) => {
    for (const how of [
      { strategy: 'random', seed, runs: 300 },
      { strategy: 'pct', seed, depth: 2, runs: 300 },
    ] as const) {
      expect(kinds(await search('go-cni@1.1.10', how))).toEqual([])
      expect(kinds(await search('go-cni@1.1.11', how))).toEqual(['deadlock'])
      const report = await search('go-cni@1.1.12', how)
      expect(kinds(report)).toEqual(['stall'])
      expect((await search('go-cni@1.1.12', how)).findings).toEqual(report.findings)
    }
  },
)

test('every fault can be replayed, step by step', async () => {
  const how = { strategy: 'random', seed: 3, runs: 500 } as const
  for (const subject of ['go-cni@1.1.11', 'go-cni@1.1.12']) {
    const { findings } = await search(subject, how, { removals: 1, pods: 2, reloads: 2 })
    expect(findings.length).toBeGreaterThan(0)
    for (const { kind, replay, story, message } of findings) {
      const again = await replayRun(parseReplay(replay))
      expect(again.faults).toContainEqual(expect.objectContaining({ kind, message }))
      expect(again.story.lines.slice(0, story.lines.length)).toEqual(story.lines)
    }
  }
})

test('a replay string for another run is refused', async () => {
  await expect(replayRun(parseReplay('x1:go-cni@1.1.12::0.9'))).rejects.toThrow(
    '"x1:go-cni@1.1.12::0.9" cannot be replayed: the run has no option 9 at choice 0.',
  )
})

test('without a write to the conf dir nothing goes wrong', async () => {
  for (const version of ['1.1.11', '1.1.12']) {
    expect(kinds(await search(`go-cni@${version}`, EXHAUSTIVE, { reloads: 0 }))).toEqual([])
  }
})

test('a slow STATUS stalls the newer ones by itself; 1.1.10 does not know it', async () => {
  const slow = { statusMs: 12_000, pods: 0, reloads: 0 }
  expect(kinds(await search('go-cni@1.1.10', EXHAUSTIVE, slow))).toEqual([])
  expect(kinds(await search('go-cni@1.1.11', EXHAUSTIVE, slow))).toEqual(['stall'])
  expect(kinds(await search('go-cni@1.1.12', EXHAUSTIVE, slow))).toEqual(['stall'])
})

test('1.1.11 does not deadlock over an ADD that hangs until kubelet kills it, but may before it', async () => {
  const report = await search('go-cni@1.1.11', EXHAUSTIVE, { pluginMs: 'hang' })
  // The nested lock of the result is never asked for; the one before the plugin still is.
  expect(kinds(report)).toEqual(['deadlock', 'stall'])
  expect(report.findings[0]?.waits.join()).toContain('a second time')
})

test('a slow load stalls even 1.1.10: it holds the write lock', async () => {
  const report = await search('go-cni@1.1.10', EXHAUSTIVE, { loadMs: 6_000 })
  expect(kinds(report)).toEqual(['stall'])
})

test('100,000 random schedules take seconds', { timeout: 60_000 }, async () => {
  const how = { strategy: 'random', seed: 1, runs: 100_000 } as const
  const report = await search('go-cni@1.1.12', how)
  expect(report.schedules).toBe(100_000)
})
