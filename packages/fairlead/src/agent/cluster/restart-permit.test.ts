import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { randomOf } from '../../random.ts'
import type { KubeError } from '../../kube/api.ts'
import { type Fault, MemoryApiServer } from '../../kube/memory-api.ts'
import { LEASES, NODES } from '../../kube/resources.ts'
import { CONDITION_TYPE } from './node-condition.ts'
import { type MinHealthy, REPAIR_LEASE, restartPermit } from './restart-permit.ts'

const AWAY: KubeError = { reason: 'unreachable', message: 'connection refused' }
const LEASE = { resource: LEASES, namespace: 'kube-system', name: REPAIR_LEASE }

test('nothing is asked of the API server while nobody wants to restart', async () => {
  const world = newWorld()
  await using _ = world.agent('n1')
  await world.clock.advance(600_000)
  expect(world.requests).toEqual([])
})

test('it is granted where enough others are healthy, and held until the runtime is Ready again', async () => {
  const world = newWorld()
  await using agent = world.agent('n1')
  agent.isReady = false
  expect(await agent.ask(5_000)).toEqual({ kind: 'granted' })
  await world.clock.advance(60_000)
  expect(await world.holder()).toBe('n1')
  agent.isReady = true
  await world.clock.advance(3_000)
  expect(await world.holder()).toBe('')
})

test('a node waits while another is repaired', async () => {
  const world = newWorld()
  await using first = world.agent('n1')
  await using second = world.agent('n2')
  first.isReady = false
  second.isReady = false
  expect(await first.ask(5_000)).toEqual({ kind: 'granted' })
  expect(await second.ask(5_000)).toEqual({ kind: 'refused', why: 'node n1 is repaired now' })
  first.isReady = true
  await world.clock.advance(5_000)
  expect(await second.ask(5_000)).toEqual({ kind: 'granted' })
})

test('a runtime that does not come back keeps the others waiting for five minutes, no longer', async () => {
  const world = newWorld()
  await using first = world.agent('n1')
  await using second = world.agent('n2')
  first.isReady = false
  expect(await first.ask(5_000)).toEqual({ kind: 'granted' })
  await world.clock.advance(250_000)
  expect(await second.ask(5_000)).toMatchObject({ kind: 'refused' })
  await world.clock.advance(60_000)
  expect(await second.ask(5_000)).toEqual({ kind: 'granted' })
})

test.each<[MinHealthy, number, object]>([
  ['60%', 4, { kind: 'granted' }],
  ['60%', 5, { kind: 'refused', why: '5 of 10 nodes are healthy, and 6 must be' }],
  [3, 6, { kind: 'granted' }],
  [3, 8, { kind: 'refused', why: '2 of 10 nodes are healthy, and 3 must be' }],
  [0, 10, { kind: 'granted' }],
])('at least %s healthy nodes, with %i of ten that are not', async (minHealthy, sick, leave) => {
  const world = newWorld({ minHealthy })
  // The first has the runtime that hangs; of the others some say NotReady, and some lack a network.
  for (let n = 1; n <= sick; n++) world.node(`n${n}`, n % 2 === 0 ? 'False' : 'True', 'False')
  await using agent = world.agent('n1')
  expect(await agent.ask(5_000)).toEqual(leave)
})

test('nodes are counted page by page', async () => {
  const world = newWorld({ minHealthy: 100 })
  for (let n = 11; n <= 120; n++) world.node(`n${n}`)
  await using agent = world.agent('n1')
  expect(await agent.ask(5_000)).toEqual({ kind: 'granted' })
  expect(world.requests.filter((request) => request === 'list nodes')).toHaveLength(3)
})

test('without an API server the node helps itself, or does not, as the config says', async () => {
  for (const withoutApiServer of ['restart', 'report'] as const) {
    const world = newWorld({ withoutApiServer })
    await using agent = world.agent('n1')
    agent.fault = { error: AWAY, when: 'before' }
    expect(await agent.ask(5_000)).toEqual(
      withoutApiServer === 'restart'
        ? { kind: 'granted' }
        : { kind: 'refused', why: 'the API server cannot be asked: connection refused' },
    )
  }
})

test('an API server that does not answer at all is waited for no longer than 30 s', async () => {
  const world = newWorld()
  await using agent = world.agent('n1')
  agent.silent = true
  expect(await agent.ask(25_000)).toEqual({ kind: 'asked' })
  expect(await agent.ask(10_000)).toEqual({ kind: 'granted' })
  agent.silent = false
  await world.clock.advance(1_000_000)
})

test('leave that cannot be renewed ends before another node can have it', async () => {
  const world = newWorld({ withoutApiServer: 'report' })
  await using agent = world.agent('n1')
  agent.isReady = false
  expect(await agent.ask(5_000)).toEqual({ kind: 'granted' })
  agent.silent = true
  expect(await agent.ask(13_000)).toEqual({ kind: 'asked' })
  agent.silent = false
  await world.clock.advance(1_000_000)
})

test('what is forbidden is not done', async () => {
  const world = newWorld()
  await using agent = world.agent('n1')
  agent.fault = { error: { reason: 'forbidden', message: 'leases is forbidden' }, when: 'before' }
  expect(await agent.ask(5_000)).toEqual({
    kind: 'refused',
    why: 'the API server cannot be asked: leases is forbidden',
  })
})

test('two nodes are never restarted at once, whatever fails', async () => {
  const step = fc.record({
    who: fc.nat(2),
    does: fc.constantFrom('wants', 'recovers', 'fails-before', 'fails-after', 'works' as const),
    ms: fc.nat(12_000),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(), async (steps, seed) => {
      const world = newWorld({ withoutApiServer: 'report', seed })
      const agents = ['n1', 'n2', 'n3'].map((name) => world.agent(name))
      const wants = new Set<number>()
      for (const { who, does, ms } of steps) {
        const agent = agents[who]
        if (agent === undefined) continue
        if (does === 'wants') {
          wants.add(who)
          agent.isReady = false
        }
        if (does === 'recovers') {
          wants.delete(who)
          agent.isReady = true
        }
        if (does === 'works') agent.fault = undefined
        if (does === 'fails-before') agent.fault = { error: AWAY, when: 'before' }
        if (does === 'fails-after') agent.fault = { error: AWAY, when: 'after' }
        for (let passed = 0; passed < ms; passed += 2_000) {
          const granted = agents.filter(
            (one, index) => wants.has(index) && one.leave().kind === 'granted',
          )
          expect(granted.length).toBeLessThanOrEqual(1)
          await world.clock.advance(2_000)
        }
      }
      for (const agent of agents) await agent[Symbol.asyncDispose]()
    }),
    { numRuns: 100 },
  )
})

function newWorld(
  policy: {
    readonly minHealthy?: MinHealthy
    readonly withoutApiServer?: 'restart' | 'report'
    readonly seed?: number
  } = {},
) {
  const { minHealthy = 2, withoutApiServer = 'restart', seed = 1 } = policy
  const clock = sleepClock()
  const random = randomOf(seed)
  const server = new MemoryApiServer({ wallMs: clock.now })
  const requests: string[] = []
  const node = (name: string, ready = 'True', network = 'True') => {
    const conditions = [
      { type: 'Ready', status: ready },
      { type: CONDITION_TYPE, status: network },
    ]
    server.seed(NODES, { metadata: { name }, status: { conditions } })
  }
  for (let n = 1; n <= 10; n++) node(`n${n}`)
  return {
    clock,
    server,
    requests,
    node,
    holder: async () => {
      const lease = await server.client().get(LEASE, { timeoutMs: 1 })
      const spec = (lease.ok ? lease.value.spec : {}) as { holderIdentity?: string }
      return spec.holderIdentity
    },
    agent: (nodeName: string) => {
      const state = { isReady: true, silent: false, fault: undefined as Fault | undefined }
      const api = server.client({
        intercept: async ({ verb, resource }) => {
          requests.push(`${verb} ${resource.plural}`)
          await clock.sleep(state.silent ? 900_000 : random.below(300))
          return state.fault
        },
      })
      const permit = restartPermit({
        nodeName,
        namespace: 'kube-system',
        minHealthy,
        withoutApiServer,
        isReady: () => state.isReady,
        clock,
        wallMs: clock.now,
        onError: () => {},
      })
      const stop = new AbortController()
      const running = permit.run(api, stop.signal)
      return Object.assign(state, {
        leave: permit.leave,
        /** Asks every 2 s, as the watchdog does; the last answer. */
        ask: async (forMs: number) => {
          for (let passed = 0; passed < forMs; passed += 2_000) {
            permit.leave()
            await clock.advance(2_000)
          }
          return permit.leave()
        },
        [Symbol.asyncDispose]: async () => {
          stop.abort()
          await clock.advance(5_000)
          await running
        },
      })
    },
  }
}
