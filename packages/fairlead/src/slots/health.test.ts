import { expect, test } from 'vitest'
import { slotsConfigSchema } from './config.ts'
import { beginWatch, type Look, type Verdict, verdictOf, withLook } from './health.ts'

const { watch: policy } = slotsConfigSchema.parse({})

/** Looks once a second at a version that is healthy where `isHealthy` says so, to the verdict. */
function watched(isHealthy: (second: number) => boolean): Verdict & { readonly afterS: number } {
  let state = beginWatch(0)
  for (let second = 1; second < 1000; second += 1) {
    const look: Look = isHealthy(second)
      ? { kind: 'healthy', latencyMs: 5 }
      : { kind: 'unhealthy', reason: 'Status is silent' }
    state = withLook(state, look, second * 1000)
    const verdict = verdictOf(state, look, second * 1000, policy)
    if (verdict.kind !== 'goes-on') return { ...verdict, afterS: second }
  }
  throw new Error('no verdict')
}

test('a version that is healthy for long enough is steady', () => {
  expect(watched((second) => second > 3)).toEqual({ kind: 'steady', afterS: 94 })
})

test('one that never comes is not waited for longer than it may take to start', () => {
  expect(watched(() => false)).toEqual({
    kind: 'failed',
    reason: 'it was not healthy within 60 s: Status is silent',
    afterS: 60,
  })
})

test('one that hangs after 45 s fails before kubelet gives the node up', () => {
  const verdict = watched((second) => second < 45)
  expect(verdict).toMatchObject({
    kind: 'failed',
    reason: 'after 45 s it was unhealthy for 10 s: Status is silent',
  })
  expect(verdict.afterS - 45).toBeLessThan(30)
})

test('a short break begins the steady time again', () => {
  expect(watched((second) => second < 50 || second > 53)).toEqual({ kind: 'steady', afterS: 144 })
})

test('one that turns again and again fails, however short each break', () => {
  const verdict = watched((second) => second % 7 !== 0)
  expect(verdict).toMatchObject({ kind: 'failed', afterS: 21 })
})

test('one that is never healthy for long enough fails when the time is over', () => {
  const patient = { ...policy, fallsAtMost: 1000 }
  let state = beginWatch(0)
  let verdict: Verdict = { kind: 'goes-on' }
  let second = 0
  while (verdict.kind === 'goes-on') {
    second += 1
    const look: Look =
      second % 60 === 0
        ? { kind: 'unhealthy', reason: 'NotReady' }
        : { kind: 'healthy', latencyMs: 5 }
    state = withLook(state, look, second * 1000)
    verdict = verdictOf(state, look, second * 1000, patient)
  }
  expect({ verdict, second }).toEqual({
    verdict: { kind: 'failed', reason: 'it was not healthy for 90 s on end within 300 s' },
    second: 300,
  })
})
