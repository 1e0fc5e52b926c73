import { describe, expect, test } from 'vitest'
import { fakeScenario } from '../../../../tests/fake-scenario.ts'
import type { StatusOutcome } from '../kubelet/ready-condition.ts'
import type { StatusEvent, TraceEvent } from './trace.ts'
import { silences } from './trace-queries.ts'
import { readVerdict } from './verdict.ts'

const YES = { status: true, reason: '', message: '' }
const READY: StatusOutcome = { kind: 'answered', runtimeReady: YES, networkReady: YES }
const NO_NETWORK: StatusOutcome = {
  kind: 'answered',
  runtimeReady: YES,
  networkReady: { status: false, reason: 'NetworkPluginNotReady', message: 'no conf' },
}

function header(expectations: object = {}, also: { kubelet?: string } = {}): TraceEvent {
  return {
    type: 'trial',
    traceVersion: 1,
    atMs: 0,
    startedAt: '2026-11-24T00:00:00.000Z',
    scenario: fakeScenario({ expect: expectations }),
    runtime: { name: 'containerd', version: '2.1.9' },
    trial: 1,
    ...also,
  }
}

function status(
  startedAtMs: number,
  atMs: number,
  outcome: StatusOutcome = READY,
  observer: StatusEvent['observer'] = 'kubelet',
): TraceEvent {
  return { type: 'status', startedAtMs, atMs, observer, outcome }
}

/** Both observers are answered every second from `fromMs` to `toMs`. */
function answers(fromMs: number, toMs: number, outcome: StatusOutcome = READY): TraceEvent[] {
  const events = []
  for (let atMs = fromMs; atMs <= toMs; atMs += 1000) {
    events.push(status(atMs - 1, atMs, outcome), status(atMs - 1, atMs, outcome, 'probe'))
  }
  return events
}

function exec(
  id: number,
  fromMs: number,
  toMs: number,
  verb = 'ADD',
  outcome = 'succeeded',
): TraceEvent[] {
  const what = {
    type: 'exec',
    id,
    plugin: 'cilium-cni',
    verb,
    containerId: 'c1',
    ifName: 'eth0',
  } as const
  return [
    { ...what, phase: 'begin', atMs: fromMs },
    { ...what, phase: 'end', atMs: toMs, outcome },
  ]
}

function verdict(events: readonly TraceEvent[], expectations: object = {}) {
  const sorted = events.toSorted((left, right) => left.atMs - right.atMs)
  const atMs = sorted.at(-1)?.atMs ?? 0
  return readVerdict([header(expectations), ...sorted, { type: 'end', atMs, reason: 'completed' }])
}

test('a node that stays Ready passes', () => {
  expect(verdict(answers(0, 60_000), { readyWithin: { atMost: '20s' } })).toMatchObject({
    word: 'pass',
    reasons: [],
    statusSilenceMs: 1000,
  })
})

test('a silence longer than allowed that ends is a stall, with its length and start', () => {
  const lists = [9000, 20_000, 30_000].map((atMs): TraceEvent => ({
    type: 'list',
    startedAtMs: atMs - 1,
    atMs,
    ok: true,
  }))
  const events = [...answers(0, 10_000), ...lists, ...answers(52_000, 80_000)]
  const result = verdict(events, { statusSilenceAtMost: '5s' })
  expect(result.word).toBe('stall')
  expect(result.statusSilenceMs).toBe(42_000)
  expect(result.reasons[0]).toBe(
    'Status was silent for 42.0 s, from 10.0 s on; 5.0 s are allowed. ' +
      'ListPodSandbox was answered 2 times meanwhile.',
  )
})

test("without a limit of its own, a scenario allows kubelet's patience", () => {
  expect(verdict([...answers(0, 10_000), ...answers(39_000, 80_000)]).word).toBe('pass')
  expect(verdict([...answers(0, 10_000), ...answers(41_000, 80_000)]).word).toBe('stall')
})

test('a silence to the end is a wedge when no plugin has run for 10 s', () => {
  const unanswered = status(11_000, 60_000, { kind: 'unanswered' })
  const events = [...answers(0, 10_000), ...exec(1, 5000, 45_000), unanswered]
  expect(verdict(events)).toMatchObject({ word: 'wedge', statusSilenceMs: 50_000 })
})

test('a silence to the end is no wedge while a plugin still runs, or has just ended', () => {
  const unanswered = status(11_000, 60_000, { kind: 'unanswered' })
  const [begin] = exec(1, 5000, 0)
  const running = [...answers(0, 10_000), ...(begin === undefined ? [] : [begin]), unanswered]
  expect(verdict(running).word).toBe('stall')
  const justEnded = [...answers(0, 10_000), ...exec(1, 5000, 55_000), unanswered]
  expect(verdict(justEnded).word).toBe('stall')
})

test('a network lost and found again is a flap where it must be kept', () => {
  const events = [
    ...answers(0, 10_000),
    ...answers(11_000, 13_000, NO_NETWORK),
    ...answers(14_000, 60_000),
  ]
  expect(verdict(events, { networkKept: true })).toMatchObject({
    word: 'flap',
    reasons: [
      'A network that worked was lost at 11.0 s: NetworkPluginNotReady, no conf. No conf file was there.',
    ],
  })
  expect(verdict(events).word).toBe('pass')
})

test('the file that the runtime read first is named with a network that was lost', () => {
  const conf = (atMs: number, file: string, sizeBytes: number | null): TraceEvent => ({
    type: 'conf',
    atMs,
    file,
    sizeBytes,
  })
  const events = [
    conf(1, '05-cilium.conflist', 200),
    conf(2, '00-multus.conf', 300),
    conf(9000, '00-multus.conf', 0),
    conf(9500, 'calico-kubeconfig', 12),
    ...answers(0, 10_000),
    ...answers(11_000, 13_000, NO_NETWORK),
    conf(14_000, '00-multus.conf', null),
    ...answers(15_000, 60_000),
  ]
  expect(verdict(events, { networkKept: true }).reasons[0]).toContain(
    '00-multus.conf is read first; it was written at 9.0 s (0 bytes).',
  )
})

test('a network that is not there yet is not lost', () => {
  const events = [...answers(0, 5000, NO_NETWORK), ...answers(6000, 60_000)]
  expect(verdict(events, { networkKept: true }).word).toBe('pass')
})

test('a node that is NotReady to the end is a wedge, though Status answers', () => {
  const events = [...answers(0, 10_000), ...answers(11_000, 60_000, NO_NETWORK)]
  expect(verdict(events)).toMatchObject({ word: 'wedge' })
  expect(verdict(events).reasons[0]).toContain('NotReady to the end')
})

test('a node that is Ready too late is a flap, counted from the step that is named', () => {
  const events: TraceEvent[] = [
    { type: 'step', phase: 'begin', atMs: 4000, index: 0, id: 'conf', text: '' },
    ...answers(0, 30_000, NO_NETWORK),
    ...answers(31_000, 60_000),
  ]
  const result = verdict(events, { readyWithin: { atMost: '20s', after: 'conf' } })
  expect(result).toMatchObject({
    word: 'flap',
    reasons: ['The node was Ready after 27.0 s; 20.0 s are allowed.'],
  })
})

test('a process that ends by itself is a crash; one that was asked to is not', () => {
  const exited: TraceEvent = {
    type: 'runtime',
    phase: 'exited',
    atMs: 20_000,
    message: 'exit code 1',
  }
  expect(verdict([...answers(0, 19_000), exited])).toMatchObject({
    word: 'crash',
    reasons: ['The runtime ended by itself at 20.0 s: exit code 1.'],
  })
  const stopping: TraceEvent = { type: 'runtime', phase: 'stopping', atMs: 19_500 }
  expect(verdict([...answers(0, 19_000), stopping, exited]).word).toBe('pass')
})

test('an ADD without a DEL is a leak once every pod was removed', () => {
  const removed: TraceEvent = { type: 'pods-removed', atMs: 50_000, netns: [] }
  const added = [...answers(0, 40_000), ...exec(1, 1000, 2000)]
  expect(verdict([...added, removed])).toMatchObject({ word: 'leak' })
  expect(verdict([...added, ...exec(2, 42_000, 43_000, 'DEL'), removed]).word).toBe('pass')
  expect(verdict(added).word).toBe('pass')
})

test('a loopback without a DEL is none, as it goes with the network namespace', () => {
  const removed = (netns: string[]): TraceEvent => ({ type: 'pods-removed', atMs: 50_000, netns })
  const added = exec(1, 1000, 2000).map((event) => ({ ...event, plugin: 'loopback' }))
  const events = [...answers(0, 40_000), ...added]
  expect(verdict([...events, removed([])]).word).toBe('pass')
  expect(verdict([...events, removed(['/run/netns/cni-1'])]).word).toBe('leak')
})

test('an ADD that failed leaves nothing to delete', () => {
  const removed: TraceEvent = { type: 'pods-removed', atMs: 50_000, netns: [] }
  const events = [...answers(0, 40_000), ...exec(1, 1000, 2000, 'ADD', 'killed'), removed]
  expect(verdict(events).word).toBe('pass')
})

test('a namespace that outlives its pod is a leak', () => {
  const removed: TraceEvent = { type: 'pods-removed', atMs: 50_000, netns: ['/run/netns/cni-1'] }
  expect(verdict([...answers(0, 40_000), removed])).toMatchObject({
    word: 'leak',
    reasons: ['Every pod was removed, but their namespaces stayed: /run/netns/cni-1.'],
  })
})

test("a failure of the lab's own is an error, whatever else was seen", () => {
  const trace: TraceEvent[] = [
    header(),
    ...answers(0, 10_000),
    { type: 'end', atMs: 60_000, reason: 'failed', message: 'no space left' },
  ]
  expect(readVerdict(trace)).toMatchObject({
    word: 'error',
    reasons: ['The trial could not go on: no space left'],
  })
})

test('a trace that was cut off is an error', () => {
  expect(readVerdict([header(), ...answers(0, 10_000)]).word).toBe('error')
})

test('a runtime that never answered is an error, not a pass', () => {
  expect(verdict([status(0, 60_000, { kind: 'unanswered' })]).word).toBe('error')
})

test('a load that failed is told only if one had worked before', () => {
  const load = (atMs: number, lastCniLoadStatus: string): TraceEvent => ({
    type: 'cni-load',
    atMs,
    lastCniLoadStatus,
    networks: [],
  })
  const boot = [...answers(0, 10_000), load(1, 'no network config found'), load(2000, 'OK')]
  expect(verdict(boot).lastCniLoadError).toBeUndefined()
  const broken = [...boot, load(3000, 'unexpected end of JSON input'), load(4000, 'OK')]
  expect(verdict(broken).lastCniLoadError).toBe('unexpected end of JSON input')
})

test('what the trace says before the first answer is no silence', () => {
  expect(silences([header(), ...answers(30_000, 32_000)])).toEqual([
    { startMs: 30_000, endMs: 31_000 },
    { startMs: 31_000, endMs: 32_000 },
  ])
})

test('a step that waits in vain is an error only where nothing else tells of a failure', () => {
  const step = {
    type: 'step',
    phase: 'in-vain',
    index: 2,
    text: 'until 2 pods run',
    atMs: 5000,
  } as const
  expect(verdict([...answers(0, 20_000), step])).toMatchObject({
    word: 'error',
    reasons: ['Step 3 waited in vain: until 2 pods run.'],
  })
  expect(verdict([...answers(0, 20_000), step], { podsRunning: 2 })).toMatchObject({
    word: 'wrong',
    reasons: ['0 pods ran in the end; 2 should.'],
  })
})

test('a node that was Ready and is so again counts from the step that it is waited for', () => {
  const removed = {
    type: 'step',
    phase: 'begin',
    index: 0,
    text: '',
    id: 'again',
    atMs: 15_000,
  } as const
  const trace = [
    ...answers(0, 9000),
    ...answers(10_000, 24_000, NO_NETWORK),
    ...answers(25_000, 60_000),
    removed,
  ]
  const expected = (atMost: string) => ({
    readyKept: false,
    readyWithin: { atMost, after: 'again' },
  })
  expect(verdict(trace, expected('20s')).word).toBe('pass')
  expect(verdict(trace, expected('5s'))).toMatchObject({
    word: 'flap',
    reasons: [expect.stringMatching(/^The node was Ready after 1\d\.\d s; 5\.0 s are allowed\.$/)],
  })
})

test('a node that is NotReady to the end is a wedge, unless nothing is expected of its readiness', () => {
  const trace = [...answers(0, 9000), ...answers(10_000, 60_000, NO_NETWORK)]
  expect(verdict(trace).word).toBe('wedge')
  expect(verdict(trace, { readyKept: false }).word).toBe('pass')
  expect(verdict(trace, { readyKept: false, readyWithin: { atMost: '5s' } }).word).toBe('wedge')
})

test('kubelet posts what it knows until the end of the watch, not only until its last call', () => {
  const hung = status(5400, 42_700)
  const probes = [...answers(0, 5000), ...answers(43_000, 52_500)].filter(
    (event) => event.type === 'status' && event.observer === 'probe',
  )
  const result = verdict([status(430, 445), hung, status(47_736, 47_740), ...probes], {
    statusSilenceAtMost: '5s',
  })
  expect(result.word).toBe('stall')
  expect(result.ready.at(-1)).toMatchObject({ status: 'True' })
})

describe('with a real kubelet', () => {
  const end: TraceEvent = { type: 'end', atMs: 61_000, reason: 'completed' }
  const real = (expectations: object): TraceEvent => header(expectations, { kubelet: '1.32.13' })
  const posted = (atMs: number, message?: string): TraceEvent =>
    message === undefined
      ? { type: 'node-ready', atMs, status: 'True', reason: 'KubeletReady', message: 'ready' }
      : { type: 'node-ready', atMs, status: 'False', reason: 'KubeletNotReady', message }

  test('its word counts, whatever the model makes of the same calls', () => {
    const verdict = readVerdict([
      real({ readyKept: true, readyWithin: { atMost: '20s' } }),
      { type: 'runtime', phase: 'serving', atMs: 10 },
      posted(500, 'CSINode is not yet initialized'),
      ...answers(1000, 60_000),
      posted(2000),
      posted(41_000, 'PLEG is not healthy'),
      posted(51_000),
      end,
    ])
    expect(verdict).toMatchObject({
      word: 'flap',
      kubelet: '1.32.13',
      ready: [
        { atMs: 500, status: 'False' },
        { atMs: 2000, status: 'True' },
        { atMs: 41_000, status: 'False' },
        { atMs: 51_000, status: 'True' },
      ],
    })
  })

  test('a node that it never posted as Ready is not Ready', () => {
    const verdict = readVerdict([
      real({ readyWithin: { atMost: '20s' } }),
      { type: 'runtime', phase: 'serving', atMs: 10 },
      ...answers(1000, 60_000),
      posted(2000, 'container runtime network not ready'),
      end,
    ])
    expect(verdict.word).toBe('wedge')
  })
})
