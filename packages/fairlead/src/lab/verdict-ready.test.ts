import { describe, expect, test } from 'vitest'
import type { TraceEvent } from './trace.ts'
import { readVerdict } from './verdict.ts'
import { answers, header, NO_NETWORK, status, verdict } from './verdict-fixture.ts'

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
