import { describe, expect, test } from 'vitest'
import { fakeScenario } from '../../../../../tests/fake-scenario.ts'
import type { TraceEvent } from '../../lab/trace.ts'
import { traceFacts } from './trace-facts.ts'

const BEGIN: TraceEvent = {
  type: 'trial',
  traceVersion: 1,
  atMs: 0,
  startedAt: '2026-11-25T04:00:00.000Z',
  scenario: fakeScenario({ name: 'a-scenario', failureModes: ['a-known-cause'] }),
  runtime: { name: 'containerd@debian:forky', version: '2.1.9' },
  trial: 1,
}

const factsOf = (events: readonly TraceEvent[]) =>
  traceFacts([BEGIN, ...events], { ready: [] }, { source: 'a.jsonl', node: 'trial-1' }).slice(1)

const told = (events: readonly TraceEvent[]) =>
  factsOf(events).map((fact) =>
    fact.kind === 'probe' ? [fact.probe, fact.text] : [fact.kind, 'text' in fact ? fact.text : ''],
  )

function status(atMs: number, message?: string): TraceEvent {
  const condition = (isTrue: boolean) => ({ status: isTrue, reason: 'R', message: message ?? '' })
  return {
    type: 'status',
    atMs,
    startedAtMs: atMs - 1,
    observer: 'probe',
    outcome: {
      kind: 'answered',
      runtimeReady: condition(true),
      networkReady: condition(message === undefined),
    },
  }
}

const list = (atMs: number): TraceEvent => ({ type: 'list', atMs, startedAtMs: atMs - 1, ok: true })

function exec(beginMs: number, endMs: number, verb: string): TraceEvent[] {
  const what = { type: 'exec', id: beginMs, plugin: 'cilium-cni', verb } as const
  const pod = { containerId: 'c', ifName: 'eth0', pod: 'pod-1' }
  return [
    { ...what, ...pod, phase: 'begin', atMs: beginMs },
    { ...what, ...pod, phase: 'end', atMs: endMs, outcome: 'succeeded' },
  ]
}

test('every fact is of the trial, and has the time of the clock', () => {
  const [fact] = factsOf([status(100, 'no network')])
  expect(fact).toMatchObject({
    node: 'trial-1',
    atMs: Date.parse('2026-11-25T04:00:00.100Z'),
    place: { source: 'a.jsonl' },
  })
})

test('the runtime is told as the Node object tells it', () => {
  const facts = traceFacts([BEGIN], { ready: [] }, { source: 'a.jsonl', node: 'trial-1' })
  expect(facts).toMatchObject([{ kind: 'version', component: 'containerd', version: '2.1.9' }])
})

test('what the scenario is and is known for is told by none', () => {
  expect(JSON.stringify(factsOf([status(1, 'x'), ...exec(1, 20_000, 'ADD')]))).not.toMatch(
    /a-scenario|a-known-cause/,
  )
})

test('a long silence of Status is told, with what was answered meanwhile', () => {
  expect(told([status(100), list(3000), list(9000), status(12_100)])).toEqual([
    [
      'status-silent',
      'Status was silent for 12.0 s; ListPodSandbox was answered 2 times meanwhile',
    ],
  ])
  expect(told([status(100), status(12_100)])[0]?.[0]).toBe('listing-silent')
  expect(told([status(100), list(1000), status(4000)])).toEqual([])
})

test('a network that is not ready is told once for each reason, as kubelet repeats it', () => {
  expect(told([status(1, 'a'), status(2, 'b'), status(3, 'a')])).toEqual([
    ['line', 'NetworkReady=false reason:R message:a'],
    ['line', 'NetworkReady=false reason:R message:b'],
  ])
})

test('what kubelet posts is told from the first Ready on', () => {
  const post = (atMs: number, isReady: boolean, message: string) => ({
    atMs,
    status: isReady ? ('True' as const) : ('False' as const),
    reason: isReady ? ('KubeletReady' as const) : ('KubeletNotReady' as const),
    message,
  })
  const ready = [
    post(0, false, 'the runtime starts'),
    post(10, true, 'kubelet is posting ready status'),
    post(20, false, 'container runtime is down'),
  ]
  const facts = traceFacts([BEGIN], { ready }, { source: 'a', node: 'n' }).slice(1)
  expect(facts.map((fact) => fact.kind === 'condition' && fact.message)).toEqual([
    'kubelet is posting ready status',
    'container runtime is down',
  ])
})

describe('a plugin', () => {
  test('that runs for long is told, with a change of the conf dir meanwhile', () => {
    const change: TraceEvent = { type: 'conf', atMs: 5000, file: 'kubeconfig', sizeBytes: 4 }
    expect(told([...exec(1000, 43_000, 'ADD'), change])).toEqual([
      ['plugin-process-hung', 'cilium-cni has run ADD for 42.0 s for pod-1'],
      ['conf-changed-during-plugin', 'kubeconfig was changed while cilium-cni ran ADD'],
    ])
  })

  test('that is asked for STATUS is told apart, and a quick one not at all', () => {
    expect(told(exec(0, 12_000, 'STATUS'))[0]?.[0]).toBe('plugin-status-hung')
    expect(told(exec(0, 2000, 'ADD'))).toEqual([])
  })
})

test('a runtime that ends by itself is told, one that is stopped is not', () => {
  const phase = (atMs: number, name: 'started' | 'stopping' | 'exited'): TraceEvent => ({
    type: 'runtime',
    atMs,
    phase: name,
    message: 'exit code 1',
  })
  expect(told([phase(1, 'started'), phase(2, 'exited')])).toEqual([
    ['runtime-process-missing', 'The runtime has ended by itself: exit code 1'],
  ])
  expect(told([phase(1, 'started'), phase(2, 'stopping'), phase(3, 'exited')])).toEqual([])
})

test('a folder that was watched until it was lost speaks against nothing', () => {
  const look = (atMs: number, probe: 'conf-dir-watched' | 'conf-dir-not-watched'): TraceEvent => ({
    type: 'look',
    atMs,
    probe,
    text: probe,
  })
  const probes = (events: readonly TraceEvent[]) => told(events).map(([probe]) => probe)
  expect(probes([look(1, 'conf-dir-watched')])).toEqual(['conf-dir-watched'])
  expect(probes([look(1, 'conf-dir-watched'), look(2, 'conf-dir-not-watched')])).toEqual([
    'conf-dir-not-watched',
  ])
})
