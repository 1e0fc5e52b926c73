import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  KUBELET,
  readyConditions,
  type StatusObservation,
  type StatusOutcome,
} from './ready-condition.ts'

const YES = { status: true, reason: '', message: '' }
const READY: StatusOutcome = { kind: 'answered', runtimeReady: YES, networkReady: YES }
const NO_NETWORK: StatusOutcome = {
  kind: 'answered',
  runtimeReady: YES,
  networkReady: {
    status: false,
    reason: 'NetworkPluginNotReady',
    message: 'Network plugin returns error: cni plugin not initialized',
  },
}
const POSTING = 'kubelet is posting ready status'

function call(startedAtMs: number, endedAtMs: number, outcome: StatusOutcome): StatusObservation {
  return { startedAtMs, endedAtMs, outcome }
}

function hanging(startedAtMs: number): StatusObservation {
  return { startedAtMs, outcome: { kind: 'unanswered' } }
}

/** Answers every 5 s from `fromMs` to `untilMs`, as kubelet asks. */
function answers(fromMs: number, untilMs: number, outcome: StatusOutcome): StatusObservation[] {
  const calls = []
  for (let atMs = fromMs; atMs <= untilMs; atMs += 5000) calls.push(call(atMs, atMs + 2, outcome))
  return calls
}

function posted(observations: readonly StatusObservation[], endMs: number) {
  return readyConditions(observations, { startMs: 0, endMs }).map(({ atMs, status, message }) => [
    atMs,
    status,
    message,
  ])
}

test('a runtime that answers makes the node Ready at once, by the fast status update', () => {
  expect(posted(answers(150, 60_000, READY), 60_000)).toEqual([
    [
      0,
      'False',
      '[container runtime status check may not have completed yet, network state unknown]',
    ],
    [152, 'True', POSTING],
  ])
})

test('a network that is not ready is told in the words of the runtime', () => {
  expect(posted([call(0, 0, NO_NETWORK)], 1000)).toEqual([
    [
      0,
      'False',
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady ' +
        'message:Network plugin returns error: cni plugin not initialized',
    ],
  ])
})

test('a Status that hangs turns the node NotReady at the first post 30 s after the last answer', () => {
  const observations = [...answers(100, 10_100, READY), hanging(15_102)]
  expect(posted(observations, 90_000).slice(1)).toEqual([
    [102, 'True', POSTING],
    [50_000, 'False', 'container runtime is down'],
  ])
})

test('a Status that comes back makes it Ready again at the next post', () => {
  const observations = [
    ...answers(100, 10_100, READY),
    call(15_102, 52_000, READY),
    ...answers(57_000, 90_000, READY),
  ]
  expect(posted(observations, 90_000).slice(1)).toEqual([
    [102, 'True', POSTING],
    [50_000, 'False', 'container runtime is down'],
    [60_000, 'True', POSTING],
  ])
})

test('a Status that always answers, but only after 38 s, makes the node flap', () => {
  const observations = [
    call(100, 102, READY),
    call(5102, 43_102, READY),
    call(48_102, 86_102, READY),
  ]
  const statuses = posted(observations, 95_000).map(([atMs, status]) => [atMs, status])
  expect(statuses.slice(1)).toEqual([
    [102, 'True'],
    [40_000, 'False'],
    [50_000, 'True'],
    [80_000, 'False'],
    [90_000, 'True'],
  ])
})

test('an error leaves the network state as it was, and lets the last sync grow old', () => {
  const failed: StatusOutcome = { kind: 'failed' }
  const observations = [...answers(100, 10_100, READY), ...answers(15_100, 60_000, failed)]
  expect(posted(observations, 60_000).slice(1)).toEqual([
    [102, 'True', POSTING],
    [50_000, 'False', 'container runtime is down'],
  ])
})

test('a network lost for less than a post is never posted', () => {
  const observations = [
    ...answers(0, 10_000, READY),
    call(15_000, 15_001, NO_NETWORK),
    ...answers(18_000, 40_000, READY),
  ]
  expect(posted(observations, 40_000)).toEqual([[2, 'True', POSTING]])
})

test('a runtime that reports itself not ready does not count as a sync', () => {
  const down: StatusOutcome = {
    kind: 'answered',
    runtimeReady: { status: false, reason: 'Shutdown', message: 'going away' },
    networkReady: YES,
  }
  expect(posted([call(0, 0, down)], 1000)).toEqual([
    [
      0,
      'False',
      '[container runtime status check may not have completed yet, ' +
        'container runtime not ready: RuntimeReady=false reason:Shutdown message:going away]',
    ],
  ])
})

test('a Status that hangs at boot holds back the first post until it ends', () => {
  expect(posted([call(0, 12_000, READY)], 30_000)).toEqual([[12_000, 'True', POSTING]])
  expect(posted([hanging(0)], 30_000)).toEqual([])
})

test('after the grace period only the periodic post reports Ready', () => {
  const lateMs = KUBELET.nodeReadyGracePeriodMs + 3000
  const observations = [call(0, 0, NO_NETWORK), ...answers(lateMs, lateMs + 20_000, READY)]
  const ready = readyConditions(observations, { startMs: 0, endMs: lateMs + 20_000 })
  expect(ready.find(({ status }) => status === 'True')?.atMs).toBe(130_000)
})

const outcomes = fc.constantFrom<StatusOutcome>(READY, NO_NETWORK, { kind: 'failed' })
const histories = fc
  .array(fc.record({ pauseMs: fc.nat(10_000), latencyMs: fc.nat(60_000), outcome: outcomes }), {
    maxLength: 40,
  })
  .map((calls) => {
    let atMs = 0
    return calls.map(({ pauseMs, latencyMs, outcome }) => {
      const startedAtMs = atMs + pauseMs
      atMs = startedAtMs + latencyMs
      return call(startedAtMs, atMs, outcome)
    })
  })

test('posts are in order of time, and no two that follow each other say the same', () => {
  fc.assert(
    fc.property(histories, fc.nat(600_000), (observations, endMs) => {
      const conditions = readyConditions(observations, { startMs: 0, endMs })
      for (const [index, condition] of conditions.entries()) {
        const before = conditions[index - 1]
        expect(condition.atMs).toBeLessThanOrEqual(endMs)
        expect(condition.status === 'True').toBe(condition.reason === 'KubeletReady')
        if (before === undefined) continue
        expect(condition.atMs).toBeGreaterThanOrEqual(before.atMs)
        expect([condition.status, condition.message]).not.toEqual([before.status, before.message])
      }
    }),
  )
})

test('what happens later never changes what was posted before', () => {
  fc.assert(
    fc.property(histories, fc.nat(300_000), (observations, cutMs) => {
      const whole = readyConditions(observations, { startMs: 0, endMs: 600_000 })
      const start = readyConditions(observations, { startMs: 0, endMs: cutMs })
      expect(start).toEqual(whole.slice(0, start.length))
    }),
  )
})
