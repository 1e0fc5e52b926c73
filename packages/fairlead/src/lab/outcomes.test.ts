import { describe, expect, test } from 'vitest'
import { readyTooEarly, standingAttachments, wrongOutcomes } from './outcomes.ts'
import type { ExecEvent, PodEvent, TraceEvent } from './trace.ts'

const expectations = { readyKept: true, networkKept: false }

function status(atMs: number, isReady: boolean): TraceEvent {
  const condition = { status: isReady, reason: '', message: '' }
  return {
    type: 'status',
    atMs,
    startedAtMs: atMs,
    observer: 'probe',
    outcome: { kind: 'answered', runtimeReady: condition, networkReady: condition },
  }
}

function exec(atMs: number, plugin: string, verb: string, containerId = 'c1'): ExecEvent {
  return {
    type: 'exec',
    phase: 'end',
    outcome: 'succeeded',
    id: atMs,
    atMs,
    plugin,
    verb,
    containerId,
    ifName: 'eth0',
    pod: 'pod-1',
  }
}

function pod(atMs: number, call: PodEvent['call'], error?: string): PodEvent {
  const failure = error === undefined ? {} : { error }
  return { type: 'pod', phase: 'end', atMs, call, pod: 'pod-1', attempt: 0, ...failure }
}

describe('an attachment', () => {
  test('stands until the plugin that made it has deleted it', () => {
    const trace = [exec(1, 'a', 'ADD'), exec(2, 'b', 'ADD'), exec(3, 'b', 'DEL')]
    expect([...standingAttachments(trace).values()].map(({ plugin }) => plugin)).toEqual(['a'])
  })

  test('is counted as long as the runtime is watched, and not when all is cleaned up', () => {
    const trace = [exec(1, 'a', 'ADD'), status(5, true), exec(6, 'a', 'DEL')]
    const wrong = (attached: Record<string, number>) =>
      wrongOutcomes(trace, { ...expectations, attached })
    expect(wrong({ a: 1 })).toEqual([])
    expect(wrong({ a: 0, b: 1 })).toEqual([
      '1 attachment of a stood in the end; 0 should.',
      '0 attachments of b stood in the end; 1 should.',
    ])
  })
})

test('a pod runs from a RunPodSandbox that succeeds to its stop; the last failure is told', () => {
  const expected = { ...expectations, podsRunning: 1 }
  const ran = [pod(1, 'RunPodSandbox'), status(5, true), pod(6, 'StopPodSandbox')]
  expect(wrongOutcomes(ran, expected)).toEqual([])
  expect(wrongOutcomes([pod(1, 'RunPodSandbox', 'no plugin'), status(5, true)], expected)).toEqual([
    '0 pods ran in the end; 1 should. The last failure: no plugin',
  ])
})

test('a network that cannot work yet is not ready', () => {
  const step = { type: 'step', atMs: 10, phase: 'begin', index: 0, id: 'binary', text: '' } as const
  expect(readyTooEarly([status(5, false), step, status(12, true)], 'binary')).toEqual([])
  expect(readyTooEarly([status(5, true), step], 'binary')).toEqual([
    'Status said at 0.0 s that the network is ready, though it cannot work before the step binary at 0.0 s.',
  ])
})
