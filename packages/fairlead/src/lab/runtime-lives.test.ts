import { expect, test } from 'vitest'
import { fakeScenario } from '../../../../tests/fake-scenario.ts'
import type { TraceEvent } from './trace.ts'
import { readVerdict } from './verdict.ts'

const YES = { status: true, reason: '', message: '' }

type Phase = Extract<TraceEvent, { type: 'runtime' }>['phase']

function runtime(phase: Phase, atMs: number): TraceEvent {
  return { type: 'runtime', phase, atMs }
}

/** Status is answered, or refused, every second to every observer. */
function calls(fromMs: number, toMs: number, kind: 'answered' | 'failed' = 'answered') {
  const outcome =
    kind === 'failed' ? ({ kind } as const) : { kind, runtimeReady: YES, networkReady: YES }
  const events: TraceEvent[] = []
  for (let atMs = fromMs; atMs < toMs; atMs += 1000) {
    for (const observer of ['kubelet', 'probe'] as const) {
      events.push({ type: 'status', startedAtMs: atMs - 1, atMs, observer, outcome })
    }
  }
  return events
}

function verdict(events: readonly TraceEvent[], expect: object = {}) {
  const scenario = fakeScenario({ expect })
  const header: TraceEvent = {
    type: 'trial',
    traceVersion: 1,
    atMs: 0,
    startedAt: '',
    scenario,
    runtime: { name: '', version: '' },
    trial: 1,
  }
  const end: TraceEvent = { type: 'end', atMs: 999_000, reason: 'completed' }
  return readVerdict([header, ...events, end])
}

const UNTIL_STOPPED = [runtime('started', 0), runtime('serving', 500), ...calls(1000, 10_000)]

test('a runtime that the scenario ends has not crashed, and is not silent while it is down', () => {
  const events = [
    ...UNTIL_STOPPED,
    runtime('stopping', 10_000),
    runtime('exited', 10_100),
    ...calls(11_000, 35_000, 'failed'),
    runtime('started', 35_000),
    runtime('serving', 36_000),
    ...calls(36_000, 60_000),
  ]
  expect(verdict(events, { statusSilenceAtMost: 2000 })).toMatchObject({
    word: 'pass',
    statusSilenceMs: 1000,
  })
})

test('a runtime is silent from the moment it is started again', () => {
  const events = [
    ...UNTIL_STOPPED,
    runtime('stopping', 10_000),
    runtime('exited', 10_100),
    ...calls(11_000, 13_000, 'failed'),
    runtime('started', 13_000),
    ...calls(20_000, 60_000),
  ]
  const { word, reasons } = verdict(events, { statusSilenceAtMost: 5000 })
  expect(word).toBe('stall')
  expect(reasons[0]).toContain('Status was silent for 7.0 s, from 13.0 s on')
})

test('kubelet has no more patience with a runtime that the scenario has ended', () => {
  const events = [
    ...UNTIL_STOPPED,
    runtime('stopping', 10_000),
    runtime('exited', 10_100),
    ...calls(11_000, 70_000, 'failed'),
    runtime('started', 70_000),
    ...calls(71_000, 100_000),
  ]
  expect(verdict(events).reasons[0]).toContain('container runtime is down')
  expect(verdict(events, { readyKept: false }).word).toBe('pass')
})

test('a runtime that ends by itself after it was started again has crashed', () => {
  const events = [
    ...UNTIL_STOPPED,
    runtime('stopping', 10_000),
    runtime('exited', 10_100),
    runtime('started', 11_000),
    ...calls(12_000, 20_000),
    runtime('exited', 20_000),
  ]
  const { word, reasons } = verdict(events)
  expect(word).toBe('crash')
  expect(reasons[0]).toContain('at 20.0 s')
})

test('a node is not Ready while it reboots, and kubelet starts anew', () => {
  const reboot: TraceEvent[] = [
    { type: 'step', index: 0, id: 'reboot', text: '', phase: 'begin', atMs: 10_000 },
    runtime('rebooting', 10_001),
    runtime('exited', 10_100),
    runtime('started', 10_200),
    runtime('serving', 11_000),
    { type: 'step', index: 0, id: 'reboot', text: '', phase: 'end', atMs: 11_001 },
  ]
  const events = [...UNTIL_STOPPED, ...reboot, ...calls(10_300, 15_000, 'failed')]
  const back = [...events, ...calls(15_000, 60_000)]
  const within = (atMost: string) => ({ readyWithin: { atMost, after: 'reboot' } })
  expect(verdict(back, within('6s')).word).toBe('pass')
  expect(verdict(back, within('6s')).ready.map(({ status }) => status)).toEqual([
    'True',
    'False',
    'True',
  ])
  expect(verdict(back, within('4s'))).toMatchObject({
    word: 'flap',
    reasons: ['The node was Ready after 5.0 s; 4.0 s are allowed.'],
  })
  expect(verdict(events, within('6s')).word).toBe('wedge')
})
