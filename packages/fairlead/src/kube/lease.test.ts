import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sleepClock } from '../../../../tests/sleep-clock.ts'
import { randomOf } from '../random.ts'
import type { KubeError } from './api.ts'
import { leaseMove, leadWith, type LeaderEvent } from './lease.ts'
import { type Fault, MemoryApiServer } from './memory-api.ts'
import { LEASES } from './resources.ts'

const AWAY: KubeError = { reason: 'unreachable', message: 'connection refused' }
const REF = { resource: LEASES, namespace: 'kube-system', name: 'x' }

test.each([
  ['nobody has had it', {}, 0, 'take'],
  ['it was given back', { holderIdentity: '', leaseDurationSeconds: 1 }, 0, 'take'],
  ['it is the own', { holderIdentity: 'me', leaseDurationSeconds: 15 }, 60_000, 'renew'],
  ['another has it', { holderIdentity: 'you', leaseDurationSeconds: 15 }, 14_999, 'wait'],
  ['another had it', { holderIdentity: 'you', leaseDurationSeconds: 15 }, 15_000, 'take'],
])('a lease when %s', (_, spec, nowMs, kind) => {
  expect(leaseMove({ spec, sinceMs: 0 }, 'me', nowMs).kind).toBe(kind)
})

test('one leads, another follows at once when the first ends, and it is seen in the Lease', async () => {
  const world = newWorld()
  const one = world.candidate('one')
  await world.clock.advance(2_000)
  const two = world.candidate('two')
  await world.clock.advance(60_000)
  expect(world.working).toEqual(['one'])
  expect(await world.spec()).toMatchObject({ holderIdentity: 'one', leaseTransitions: 0 })
  await one.stop()
  await world.clock.advance(2_000)
  expect(world.working).toEqual(['two'])
  expect(await world.spec()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
  expect(one.events).toEqual(['leading'])
  expect(two.events).toEqual(['following', 'leading'])
  await two.stop()
  expect(await world.spec()).toMatchObject({ holderIdentity: '' })
})

test('who cannot renew stops before another can begin', async () => {
  const world = newWorld()
  const one = world.candidate('one')
  await world.clock.advance(2_000)
  const two = world.candidate('two')
  await world.clock.advance(10_000)
  one.fault = { error: AWAY, when: 'before' }
  await world.clock.advance(11_000)
  expect(world.working).toEqual([])
  await world.clock.advance(7_000)
  expect(world.working).toEqual(['two'])
  expect(one.events).toEqual(['leading', 'failed', 'lost', 'failed'])
  await Promise.all([one.stop(), two.stop()])
})

test('a server that never answers does not keep a leader at work', async () => {
  const world = newWorld()
  const one = world.candidate('one')
  await world.clock.advance(5_000)
  one.silent = true
  await world.clock.advance(12_000)
  expect(world.working).toEqual([])
  one.silent = false
  await world.clock.advance(120_000)
  await one.stop()
})

test('a wall clock that jumps changes nothing', async () => {
  const world = newWorld()
  const one = world.candidate('one')
  await world.clock.advance(2_000)
  const two = world.candidate('two')
  await world.clock.advance(5_000)
  world.wallMs += 86_400_000
  await world.clock.advance(20_000)
  world.wallMs -= 864_000_000
  await world.clock.advance(20_000)
  expect(world.working).toEqual(['one'])
  await Promise.all([one.stop(), two.stop()])
})

test('work that is done gives the lease back and is not begun again', async () => {
  const world = newWorld()
  let times = 0
  const ends = new AbortController().signal
  await leadWith(
    world.name('one'),
    { ...world.world(), onEvent: () => {} },
    async () => {
      times++
    },
    ends,
  )
  expect(times).toBe(1)
  expect(await world.spec()).toMatchObject({ holderIdentity: '' })
})

test('never two at work, whatever fails, and somebody in the end', async () => {
  const kinds = fc.constantFrom('before', 'after', 'none', 'wait' as const)
  const step = fc.record({ who: fc.nat(2), kind: kinds, ms: fc.nat(9_000) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(), async (steps, seed) => {
      const world = newWorld(seed)
      const candidates = ['a', 'b', 'c'].map((name) => world.candidate(name))
      for (const { who, kind, ms } of steps) {
        const candidate = candidates[who]
        if (candidate !== undefined && kind !== 'wait') {
          candidate.fault = kind === 'none' ? undefined : { error: AWAY, when: kind }
        }
        await world.clock.advance(ms)
      }
      for (const candidate of candidates) candidate.fault = undefined
      await world.clock.advance(30_000)
      expect(world.working).toHaveLength(1)
      expect(world.mostAtOnce).toBe(1)
      for (const candidate of candidates) await candidate.stop()
      expect(world.working).toEqual([])
    }),
    { numRuns: 60 },
  )
})

function newWorld(seed = 1) {
  const clock = sleepClock()
  const random = randomOf(seed)
  const world = { wallMs: 0, working: [] as string[], mostAtOnce: 0 }
  const server = new MemoryApiServer({ wallMs: () => clock.now() + world.wallMs })
  const name = (identity: string) => ({ namespace: REF.namespace, name: REF.name, identity })
  const leaseWorld = () => ({
    api: server.client(),
    clock,
    wallMs: () => clock.now() + world.wallMs,
  })
  return Object.assign(world, {
    clock,
    name,
    world: leaseWorld,
    spec: async () => {
      const lease = await server.client().get(REF, { timeoutMs: 1 })
      return lease.ok ? lease.value.spec : undefined
    },
    candidate: (identity: string) => {
      const stop = new AbortController()
      const state: { fault: Fault | undefined; silent: boolean } = {
        fault: undefined,
        silent: false,
      }
      const events: LeaderEvent['type'][] = []
      const api = server.client({
        intercept: async () => {
          // A call takes a while; those of several are in flight at once.
          await clock.sleep(state.silent ? 60_000 : random.below(500))
          return state.fault
        },
      })
      const running = leadWith(
        name(identity),
        { ...leaseWorld(), api, onEvent: ({ type }) => events.push(type) },
        async (ends) => {
          world.working.push(identity)
          world.mostAtOnce = Math.max(world.mostAtOnce, world.working.length)
          await clock.sleep(Number.MAX_SAFE_INTEGER, ends).catch(() => undefined)
          world.working = world.working.filter((other) => other !== identity)
        },
        stop.signal,
      )
      return Object.assign(state, {
        events,
        stop: async () => {
          stop.abort()
          // Time for what is in flight, and for the Lease to be given back.
          await clock.advance(2_000)
          await running
        },
      })
    },
  })
}
