import { fakeScenario } from '../../../../tests/fake-scenario.ts'
import type { StatusOutcome } from '../kubelet/ready-condition.ts'
import type { StatusEvent, TraceEvent } from './trace.ts'
import { readVerdict } from './verdict.ts'

const YES = { status: true, reason: '', message: '' }
/** Status, with all well. */
const READY: StatusOutcome = { kind: 'answered', runtimeReady: YES, networkReady: YES }
/** Status, without a network. */
export const NO_NETWORK: StatusOutcome = {
  kind: 'answered',
  runtimeReady: YES,
  networkReady: { status: false, reason: 'NetworkPluginNotReady', message: 'no conf' },
}

/** How a trace begins. */
export function header(expectations: object = {}, also: { kubelet?: string } = {}): TraceEvent {
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

/** A call of Status. */
export function status(
  startedAtMs: number,
  atMs: number,
  outcome: StatusOutcome = READY,
  observer: StatusEvent['observer'] = 'kubelet',
): TraceEvent {
  return { type: 'status', startedAtMs, atMs, observer, outcome }
}

/** Both observers are answered every second from `fromMs` to `toMs`. */
export function answers(
  fromMs: number,
  toMs: number,
  outcome: StatusOutcome = READY,
): TraceEvent[] {
  const events = []
  for (let atMs = fromMs; atMs <= toMs; atMs += 1000) {
    events.push(status(atMs - 1, atMs, outcome), status(atMs - 1, atMs, outcome, 'probe'))
  }
  return events
}

/** An execution of a plugin, from its beginning to its end. */
export function exec(
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

/** What is read from a trace of these, in the order of their times, that came to its end. */
export function verdict(events: readonly TraceEvent[], expectations: object = {}) {
  const sorted = events.toSorted((left, right) => left.atMs - right.atMs)
  const atMs = sorted.at(-1)?.atMs ?? 0
  return readVerdict([header(expectations), ...sorted, { type: 'end', atMs, reason: 'completed' }])
}
