import { expect, test } from 'vitest'
import type { TraceEvent } from './trace.ts'
import { silences } from './trace-queries.ts'
import { readVerdict } from './verdict.ts'
import { answers, exec, header, status, verdict } from './verdict-fixture.ts'

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
