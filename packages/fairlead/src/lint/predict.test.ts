import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { folder, list } from './fixture.ts'
import { predict } from './predict.ts'
import type { DirReading, Entry } from './reading.ts'
import { parsePredictedRuntime } from './runtime.ts'

const RUNTIMES = [
  'containerd@1.6.20',
  'containerd@2.0.0',
  'containerd@2.1.9',
  'crio@1.31.0',
  'crio@1.36.3',
  'fairlead',
]
const GOOD = { '10-a.conflist': list('a'), '20-b.conflist': list('b') }

function outcome(runtime: string, files: Parameters<typeof folder>[0], settings = {}) {
  return predict(folder(files), parsePredictedRuntime(runtime), settings).outcome
}

function probes(runtime: string, files: Parameters<typeof folder>[0]) {
  return predict(folder(files), parsePredictedRuntime(runtime), {}).findings.map(
    ({ probe, severity }) => `${severity} ${probe}`,
  )
}

describe('a bad file that sorts first', () => {
  const files = { '00-bad.conflist': '{"name": "x",', ...GOOD }

  test('costs containerd every network', () => {
    expect(outcome('containerd@2.1.9', files)).toMatchObject({
      networks: [],
      load: { state: 'failed', file: '00-bad.conflist' },
      networkReady: 'false',
    })
  })

  test('is skipped by CRI-O and by Fairlead', () => {
    for (const runtime of ['crio@1.32.0', 'fairlead']) {
      expect(outcome(runtime, files).networks).toMatchObject([{ file: '10-a.conflist' }])
      expect(outcome(runtime, files).ignored).toContainEqual({
        file: '00-bad.conflist',
        why: expect.stringContaining('expected'),
      })
    }
  })
})

test('a bad file behind the one that wins costs nothing yet', () => {
  const files = { '10-a.conflist': list('a'), '99-bad.conf': '' }
  expect(outcome('containerd@1.7.34', files).load).toEqual({ state: 'ok' })
  expect(probes('containerd@1.7.34', files)).toEqual(['warning conf-file-empty'])
})

test('files go by the bytes of their names, so .conf comes before .conflist', () => {
  const files = { '00-x.conflist': list('new'), '00-x.conf': { name: 'old', type: 'bridge' } }
  expect(outcome('containerd@1.7.34', files).networks).toMatchObject([{ file: '00-x.conf' }])
  expect(probes('containerd@1.7.34', files)).toContain('warning conf-and-conflist-twice')
})

test('max_conf_num says how many files count', () => {
  const ifNames = (maxConfNum: number) =>
    outcome('containerd@2.1.9', GOOD, { maxConfNum }).networks.map(({ ifName }) => ifName)
  expect([ifNames(1), ifNames(2), ifNames(0)]).toEqual([
    ['eth0'],
    ['eth0', 'eth1'],
    ['eth0', 'eth1'],
  ])
})

test.each([
  ['containerd@2.0.0', 'never'],
  ['containerd@2.0.1', 'on-every-status-call'],
  ['crio@1.31.9', 'never'],
  ['crio@1.32.0', 'until-first-ready'],
  ['fairlead', 'in-the-background'],
])('STATUS of a list of 1.1.0: %s %s', (runtime, statusRuns) => {
  expect(outcome(runtime, { '10-a.conflist': list('a', '1.1.0') }).statusRuns).toBe(statusRuns)
})

test('the folder of a network is read from libcni 1.3 on', () => {
  const files = { '10-a.conflist': list('a'), 'a/50-b.conf': '{}' }
  expect(outcome('containerd@2.0.11', files).load.state).toBe('ok')
  expect(outcome('containerd@2.1.0', files).load).toMatchObject({
    state: 'failed',
    file: '10-a.conflist',
    cause: 'a/50-b.conf',
  })
})

test('removing the folder ends containerd from 2.1 on', () => {
  expect(outcome('containerd@2.0.11', GOOD).onRemoval).toBe('deaf')
  expect(outcome('containerd@2.1.0', GOOD).onRemoval).toBe('exits')
})

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .record(
      {
        name: fc.oneof(fc.string(), fc.constantFrom('', '.', '..', 'a', 'sub'), fc.jsonValue()),
        cniVersion: fc.oneof(fc.constantFrom('', '1.1.0', '9.9.9', 'x'), fc.jsonValue()),
        cniVersions: fc.jsonValue(),
        type: fc.oneof(fc.constantFrom('multus', 'flannel', 'bridge'), fc.jsonValue()),
        plugins: fc.oneof(
          fc.array(
            fc.oneof(
              fc.jsonValue(),
              fc.record({
                type: fc.constantFrom('multus', 'cilium-cni'),
                ipam: fc.jsonValue(),
                delegates: fc.jsonValue(),
                clusterNetwork: fc.jsonValue(),
              }),
            ),
          ),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
)
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    '00-multus.conf',
    '00-multus.conf.new',
    '05-cilium.conflist',
    'a.conf.cilium_bak',
  ),
  fc.string({ maxLength: 3 }).map((stem) => `${stem}.conflist`),
  fc.string({ maxLength: 3 }).map((stem) => `${stem}.conf`),
)
const leaf: fc.Arbitrary<Entry> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      name,
      mtimeMs: fc.constant(0),
      kind: fc.constant('file' as const),
      bytes,
    }),
  },
  fc.record({
    name,
    mtimeMs: fc.constant(0),
    kind: fc.constant('dangling-link' as const),
    linksTo: fc.string(),
  }),
  fc.record({
    name,
    mtimeMs: fc.constant(0),
    kind: fc.constant('special' as const),
    what: fc.constantFrom('FIFO' as const, 'socket' as const),
  }),
  fc.record({
    name,
    mtimeMs: fc.constant(0),
    kind: fc.constant('unreadable' as const),
    why: fc.string(),
  }),
)
const unique = (items: fc.Arbitrary<Entry>) =>
  fc.uniqueArray(items, { maxLength: 5, selector: (entry) => entry.name })
const entry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  fc.record({
    name: fc.constantFrom('a', 'sub', 'x.conf'),
    mtimeMs: fc.constant(0),
    kind: fc.constantFrom('folder' as const),
    entries: unique(leaf),
  }),
)

test.each(RUNTIMES)(
  '%s: any folder is judged, and the same in whatever order it is listed',
  (text) => {
    const runtime = parsePredictedRuntime(text)
    fc.assert(
      fc.property(unique(entry), fc.integer(), (entries, seed) => {
        const reading = (listed: readonly Entry[]): DirReading => ({
          kind: 'folder',
          dir: '/d',
          entries: listed,
        })
        const shuffled = entries.toSorted(
          (left, right) => hash(left.name, seed) - hash(right.name, seed),
        )
        expect(predict(reading(shuffled), runtime, {})).toEqual(
          predict(reading(entries), runtime, {}),
        )
      }),
      { numRuns: 300 },
    )
  },
)

function hash(text: string, seed: number): number {
  return Buffer.from(text).reduce((sum, byte) => Math.imul(sum, 31) + byte, seed) | 0
}
