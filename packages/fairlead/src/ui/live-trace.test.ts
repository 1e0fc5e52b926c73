import { array, assert, boolean, constantFrom, nat, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../lab/trace.ts'
import { KEPT_MS, LiveTrace, pruned } from './live-trace.ts'

const condition = { status: true, reason: '', message: '' }

function answer(atMs: number, observer: 'kubelet' | 'probe' = 'kubelet'): TraceEvent {
  const outcome = { kind: 'answered', runtimeReady: condition, networkReady: condition } as const
  return { type: 'status', atMs, startedAtMs: atMs - 1, observer, outcome }
}

function failure(atMs: number): TraceEvent {
  const outcome = { kind: 'failed' } as const
  return { type: 'status', atMs, startedAtMs: atMs - 1, observer: 'kubelet', outcome }
}

function file(atMs: number, name: string, sizeBytes: number | null = 1): TraceEvent {
  return { type: 'conf', atMs, file: name, sizeBytes }
}

function plugin(atMs: number, id: number, phase: 'begin' | 'end' = 'begin'): TraceEvent {
  const what = { plugin: 'bridge', verb: 'ADD', containerId: 'c', ifName: '' }
  return { type: 'exec', atMs, phase, id, ...what }
}

describe('of what is over', () => {
  test('the last answer to kubelet stays, since Ready is reckoned from it', () => {
    const [last, later] = [answer(20), failure(200)]
    expect(pruned([answer(10), last, answer(30, 'probe'), later], 100)).toEqual([last, later])
  })

  test('what was loaded last stays', () => {
    const load = (atMs: number): TraceEvent => ({
      type: 'cni-load',
      atMs,
      lastCniLoadStatus: 'OK',
      networks: [`at ${atMs}`],
    })
    expect(pruned([load(1), load(2)], 100)).toEqual([load(2)])
  })

  test('a file stays for as long as it is there', () => {
    const events = [file(1, 'a'), file(2, 'a', 7), file(3, 'b'), file(4, 'b', null)]
    expect(pruned(events, 100)).toEqual([file(2, 'a', 7)])
  })

  test('a plugin stays for as long as it runs, and with its end', () => {
    const events = [plugin(1, 1), plugin(2, 2), plugin(3, 1, 'end'), plugin(4, 3)]
    expect(pruned(events, 100)).toEqual([plugin(2, 2), plugin(4, 3)])
    expect(pruned([...events, plugin(150, 2, 'end')], 100)).toEqual([
      plugin(2, 2),
      plugin(4, 3),
      plugin(150, 2, 'end'),
    ])
  })
})

describe('a page that was away', () => {
  test('gets what came since', () => {
    const trace = new LiveTrace()
    for (const atMs of [1, 2, 3]) trace.write(answer(atMs))
    expect(trace.since(0)).toHaveLength(3)
    expect(trace.since(2)).toEqual([answer(3)])
    expect(trace.since(3)).toEqual([])
  })

  test('begins anew where what came since is partly forgotten', () => {
    const trace = new LiveTrace()
    for (const atMs of [1, 2, 3]) trace.write(answer(atMs))
    trace.prune(KEPT_MS + 10)
    expect(trace.events).toEqual([answer(3)])
    expect(trace.since(1)).toBeUndefined()
    expect(trace.since(2)).toEqual([answer(3)])
  })

  test('begins anew where it knows of more than there was: it had another trace', () => {
    expect(new LiveTrace().since(1)).toBeUndefined()
  })
})

test('however much happens, what is kept is bounded', () => {
  const trace = new LiveTrace()
  for (let n = 0; n < 25_000; n += 1) trace.write(file(n % 100, `f${n}`))
  trace.prune(100)
  expect(trace.events).toHaveLength(20_000)
  expect(trace.since(4_999)).toBeUndefined()
})

test('a page that is told of what is new, at whatever times, knows what one does that asks for everything', () => {
  const step = record({
    kind: constantFrom('answer', 'file', 'gone', 'begin', 'end', 'load'),
    which: nat(2),
    afterMs: constantFrom(0, 1, 1000, KEPT_MS / 2, KEPT_MS),
    asks: boolean(),
  })
  assert(
    property(array(step, { maxLength: 40 }), (steps) => {
      const trace = new LiveTrace()
      let [atMs, upTo] = [1_000, 0]
      let page: readonly TraceEvent[] = []
      for (const { kind, which, afterMs, asks } of steps) {
        atMs += afterMs
        trace.write(eventOf(kind, which, atMs))
        if (!asks) continue
        trace.prune(atMs)
        const since = upTo === 0 ? undefined : trace.since(upTo)
        page = pruned(since === undefined ? trace.events : [...page, ...since], atMs - KEPT_MS)
        upTo = trace.count
        expect(page).toEqual(trace.events)
      }
    }),
  )
})

function eventOf(kind: string, which: number, atMs: number): TraceEvent {
  switch (kind) {
    case 'answer':
      return answer(atMs)
    case 'file':
      return file(atMs, `f${which}`)
    case 'gone':
      return file(atMs, `f${which}`, null)
    case 'load':
      return { type: 'cni-load', atMs, lastCniLoadStatus: 'OK', networks: [`n${which}`] }
    default:
      return plugin(atMs, which, kind === 'end' ? 'end' : 'begin')
  }
}
