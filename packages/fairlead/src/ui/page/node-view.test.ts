import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../../lab/trace.ts'
import { pruned } from '../live-trace.ts'
import type { LiveUpdate } from '../live.ts'
import { after } from './live.ts'
import { nodeView } from './node-view.ts'

/** When the watch began: 14:00:00 UTC of some day. */
const BEGAN = Date.UTC(2026, 7, 2, 14)

const condition = { status: true, reason: '', message: '' }

/** A Status call at kubelet's pace, 5 s after the one before; `n` counts from 0. */
function answered(n: number): TraceEvent {
  const atMs = BEGAN + n * 5_000
  const outcome = { kind: 'answered', runtimeReady: condition, networkReady: condition } as const
  return { type: 'status', atMs, startedAtMs: atMs - 2, observer: 'kubelet', outcome }
}

function update(afterMs: number, fields: Partial<LiveUpdate> = {}): LiveUpdate {
  return {
    atMs: BEGAN + afterMs,
    isWhole: false,
    events: [],
    open: [],
    node: { hostname: 'n', socketPath: '/cri.sock', sinceMs: BEGAN, firstStatusMs: BEGAN },
    ...fields,
  }
}

const answeredFor20s = [0, 1, 2, 3, 4].map(answered)

describe('Ready', () => {
  test('is not known before Status has been asked', () => {
    expect(nodeView([], update(500)).ready).toBeUndefined()
  })

  test('follows from the first answer', () => {
    const { ready } = nodeView(answeredFor20s, update(21_000))
    expect(ready).toMatchObject({ status: 'True', atMs: BEGAN })
  })

  test("ends when Status has been silent for as long as kubelet's patience, at its next update", () => {
    const open = [{ observer: 'kubelet', startedAtMs: BEGAN + 25_000 }] as const
    expect(nodeView(answeredFor20s, update(49_000, { open })).ready?.status).toBe('True')
    expect(nodeView(answeredFor20s, update(50_000, { open })).ready).toMatchObject({
      status: 'False',
      atMs: BEGAN + 50_000,
      message: 'container runtime is down',
    })
  })

  test('stays where it was, also when what it followed from has been forgotten', () => {
    const hours = Array.from({ length: 1500 }, (_, n) => answered(n))
    const open = [{ observer: 'kubelet', startedAtMs: BEGAN + 1500 * 5_000 }] as const
    const changes = [60_000, 63_000, 660_000, 1_800_000].map((silentMs) => {
      const at = update(1500 * 5_000 + silentMs, { open })
      return nodeView(pruned(hours, at.atMs - 600_000), at).ready
    })
    const [first] = changes
    expect(first?.message).toBe('container runtime is down')
    for (const change of changes.slice(0, 3)) expect(change?.atMs).toBe(first?.atMs)
    expect(changes[3]?.message).toBe('container runtime is down')
  })
})

describe('Status', () => {
  test('is as fast as its last answer, and as its slowest', () => {
    const slow: TraceEvent = { ...answered(1), startedAtMs: BEGAN + 4_600 } as TraceEvent
    expect(nodeView([answered(0), slow, answered(2)], update(11_000)).status).toEqual({
      kind: 'answered',
      latencyMs: 2,
      slowestMs: 400,
    })
  })

  test('is silent since its last answer, as soon as a call hangs for a second', () => {
    const open = [{ observer: 'probe', startedAtMs: BEGAN + 21_000 }] as const
    expect(nodeView(answeredFor20s, update(21_900, { open })).status.kind).toBe('answered')
    const view = nodeView(answeredFor20s, update(22_100, { open }))
    expect(view.status).toEqual({ kind: 'silent', sinceMs: BEGAN + 20_000 })
    const later = nodeView(answeredFor20s, update(24_000, { open }))
    expect(later.evidence.timeline.silences.at(-1)).toEqual({
      startMs: BEGAN + 20_000,
      endMs: BEGAN + 24_000,
    })
  })

  test('that was never answered is silent since it was asked', () => {
    const open = [{ observer: 'kubelet', startedAtMs: BEGAN }] as const
    expect(nodeView([], update(5_000, { open })).status).toEqual({ kind: 'silent', sinceMs: BEGAN })
  })

  test('that fails says why', () => {
    const failed: TraceEvent = {
      type: 'status',
      atMs: BEGAN + 25_000,
      startedAtMs: BEGAN + 24_000,
      observer: 'probe',
      outcome: { kind: 'failed' },
      message: 'there is no socket',
    }
    expect(nodeView([...answeredFor20s, failed], update(26_000)).status).toEqual({
      kind: 'failed',
      message: 'there is no socket',
    })
  })
})

test('plugins that run come with the oldest first, those that ended with the latest', () => {
  const exec = (id: number, phase: 'begin' | 'end', ms: number): TraceEvent => ({
    type: 'exec',
    atMs: BEGAN + ms,
    phase,
    id,
    plugin: `p${id}`,
    verb: 'ADD',
    containerId: 'c',
    ifName: '',
    ...(phase === 'end' ? { outcome: 'ended' } : {}),
  })
  const events = [
    exec(1, 'begin', 10),
    exec(2, 'begin', 20),
    exec(3, 'begin', 5),
    exec(4, 'begin', 30),
    exec(2, 'end', 40),
    exec(4, 'end', 50),
  ]
  const { running, ended } = nodeView(events, update(1000))
  expect(running.map(({ plugin, endMs }) => `${plugin} ${endMs - BEGAN}`)).toEqual([
    'p3 1000',
    'p1 1000',
  ])
  expect(ended.map(({ plugin }) => plugin)).toEqual(['p4', 'p2'])
})

test('a storm of plugins is drawn by those that took longest', () => {
  const events = Array.from({ length: 400 }, (_, id): TraceEvent[] => {
    const what = {
      plugin: 'p',
      verb: 'ADD',
      containerId: 'c',
      ifName: '',
      type: 'exec',
      id,
    } as const
    return [
      { ...what, phase: 'begin', atMs: BEGAN },
      { ...what, phase: 'end', outcome: 'ended', atMs: BEGAN + 1 + id },
    ]
  }).flat()
  const view = nodeView(events, update(1000))
  expect(view.ended).toHaveLength(400)
  const { execs } = view.evidence.timeline
  expect([execs.length, execs[0]?.endMs]).toEqual([300, BEGAN + 101])
})

test('the axis is short at first, and ten minutes at last', () => {
  const axis = (ms: number) => {
    const { startMs, endMs } = nodeView([], update(ms)).evidence.axis
    return [startMs - BEGAN, endMs - BEGAN]
  }
  expect(axis(5_000)).toEqual([-15_000, 5_000])
  expect(axis(90_000)).toEqual([0, 90_000])
  expect(axis(700_000)).toEqual([100_000, 700_000])
})

test('an update that is whole replaces what the page knew, another adds to it', () => {
  const more = update(11_000, { events: [answered(2)] })
  expect(after([answered(0), answered(1)], more)).toHaveLength(3)
  expect(after([answered(0), answered(1)], { ...more, isWhole: true })).toEqual([answered(2)])
})
