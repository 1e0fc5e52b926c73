import { expect, test } from 'vitest'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { type Fault, MemoryApiServer } from '../../kube/memory-api.ts'
import { NODES } from '../../kube/resources.ts'
import type { Condition } from './condition.ts'
import { CONDITION_TYPE, keepNodeCondition } from './node-condition.ts'

const READY: Condition = {
  status: 'True',
  reason: 'NetworksReady',
  message: 'Pods can be attached.',
}
const WAITS: Condition = { status: 'False', reason: 'NetworkNotPublished', message: 'multus waits' }

test('it is written when it changes, and stays for a heartbeat when it does not', async () => {
  const world = newWorld()
  await using _ = world.start()
  await world.clock.advance(1)
  const written = await world.onNode()
  expect(written).toEqual({
    ...WAITS,
    type: CONDITION_TYPE,
    lastHeartbeatTime: '1970-01-01T00:00:00Z',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  })
  await world.clock.advance(100_000)
  expect(await world.onNode()).toEqual(written)
  world.now = READY
  await world.clock.advance(1_000)
  expect(await world.onNode()).toMatchObject({
    status: 'True',
    lastTransitionTime: '1970-01-01T00:01:41Z',
  })
  await world.clock.advance(300_000)
  expect(await world.onNode()).toMatchObject({
    lastHeartbeatTime: '1970-01-01T00:06:41Z',
    lastTransitionTime: '1970-01-01T00:01:41Z',
  })
})

test('a reason that changes is no transition', async () => {
  const world = newWorld()
  await using _ = world.start()
  await world.clock.advance(10_000)
  world.now = { ...WAITS, reason: 'NetworkNotReady' }
  await world.clock.advance(2_000)
  expect(await world.onNode()).toMatchObject({
    reason: 'NetworkNotReady',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  })
})

test('a message that changes all the time is not written all the time', async () => {
  const world = newWorld()
  let count = 0
  world.condition = async () => ({ ...WAITS, message: `attempt ${count++}` })
  await using _ = world.start()
  await world.clock.advance(300_000)
  expect(count).toBeGreaterThan(200)
  expect(world.patches).toBeLessThanOrEqual(11)
})

test('an agent that starts again goes on with the transition that was there, and does not unsay it at once', async () => {
  const world = newWorld()
  const before = { ...READY, type: CONDITION_TYPE, lastTransitionTime: '1969-01-01T00:00:00Z' }
  world.server.seed(NODES, { metadata: { name: 'n1' }, status: { conditions: [before] } })
  world.now = { status: 'Unknown', reason: 'NotObserved', message: 'not looked at yet' }
  await using _ = world.start()
  await world.clock.advance(10_000)
  expect(await world.onNode()).toMatchObject({ status: 'True' })
  world.now = READY
  await world.clock.advance(2_000)
  expect(await world.onNode()).toMatchObject({
    lastTransitionTime: '1969-01-01T00:00:00Z',
    lastHeartbeatTime: '1970-01-01T00:00:11Z',
  })
})

test('one that never knows says so after a while', async () => {
  const world = newWorld()
  world.now = { status: 'Unknown', reason: 'NotObserved', message: 'not looked at yet' }
  await using _ = world.start()
  await world.clock.advance(40_000)
  expect(await world.onNode()).toMatchObject({ status: 'Unknown' })
})

test('conditions of others stay, and what fails is tried again', async () => {
  const world = newWorld()
  // A time that is not set is written so (meta/v1 Time).
  const kubelet = { type: 'Ready', status: 'True', lastTransitionTime: null }
  world.server.seed(NODES, { metadata: { name: 'n1' }, status: { conditions: [kubelet] } })
  world.fault = { error: { reason: 'unreachable', message: 'away' }, when: 'before' }
  await using _ = world.start()
  await world.clock.advance(20_000)
  expect(world.errors).toContain('the Node: away')
  world.fault = undefined
  await world.clock.advance(6_000)
  expect(await world.onNode()).toMatchObject(WAITS)
  expect(await world.conditions()).toContainEqual(kubelet)
})

function newWorld() {
  const clock = sleepClock()
  const server = new MemoryApiServer({ wallMs: clock.now })
  server.seed(NODES, { metadata: { name: 'n1' } })
  const world = {
    now: WAITS,
    condition: async () => world.now,
    fault: undefined as Fault | undefined,
    patches: 0,
  }
  const errors: string[] = []
  const api = server.client({
    intercept: ({ verb }) => {
      if (verb === 'patch') world.patches++
      return world.fault
    },
  })
  const conditions = async () => {
    const node = await server.client().get({ resource: NODES, name: 'n1' }, { timeoutMs: 1 })
    const status = (node.ok ? node.value.status : {}) as { conditions?: { type: string }[] }
    return status.conditions ?? []
  }
  return Object.assign(world, {
    clock,
    server,
    errors,
    conditions,
    onNode: async () => (await conditions()).find(({ type }) => type === CONDITION_TYPE),
    start: () => {
      const stop = new AbortController()
      const running = keepNodeCondition(
        {
          api,
          nodeName: 'n1',
          clock,
          wallMs: clock.now,
          condition: () => world.condition(),
          heartbeatMs: 300_000,
          onError: (what, { message }) => errors.push(`${what}: ${message}`),
        },
        stop.signal,
      )
      return {
        [Symbol.asyncDispose]: async () => {
          stop.abort()
          await running
        },
      }
    },
  })
}
