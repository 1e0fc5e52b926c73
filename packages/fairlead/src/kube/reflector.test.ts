import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sleepClock } from '../../../../tests/sleep-clock.ts'
import { randomOf } from '../random.ts'
import type { KubeError, KubeObject } from './api.ts'
import { type Fault, MemoryApiServer } from './memory-api.ts'
import { createReflector, type ReflectorEvent } from './reflector.ts'
import { NODES } from './resources.ts'

const GONE_AWAY: KubeError = { reason: 'unreachable', message: 'connection refused' }

test('what is there comes first, then what changes and goes', async () => {
  const world = newWorld()
  world.server.seed(NODES, { metadata: { name: 'a' } })
  await using _ = world.start()
  await world.clock.advance(0)
  world.server.seed(NODES, { metadata: { name: 'b' } })
  await world.admin.delete({ resource: NODES, name: 'a' }, { timeoutMs: 1 })
  await world.clock.advance(0)
  expect(world.told()).toEqual(['changed a', 'synced', 'changed b', 'removed a'])
  expect([...world.reflector.objects().keys()]).toEqual(['b'])
})

test('what went while nobody could be asked is removed by the next list', async () => {
  const world = newWorld()
  world.server.seed(NODES, { metadata: { name: 'a' } })
  await using _ = world.start()
  await world.clock.advance(0)
  world.fault = { error: GONE_AWAY, when: 'before' }
  world.server.store.endWatches(GONE_AWAY)
  await world.admin.delete({ resource: NODES, name: 'a' }, { timeoutMs: 1 })
  world.server.seed(NODES, { metadata: { name: 'b' } })
  world.server.store.compact()
  await world.clock.advance(10_000)
  expect([...world.reflector.objects().keys()]).toEqual(['a'])
  world.fault = undefined
  await world.clock.advance(60_000)
  expect([...world.reflector.objects().keys()]).toEqual(['b'])
})

test('a server that is away is asked less and less often, and not by all at once', async () => {
  const waits = async (seed: number) => {
    const world = newWorld(seed)
    world.fault = { error: GONE_AWAY, when: 'before' }
    await using _ = world.start()
    await world.clock.advance(300_000)
    return world.events.flatMap((event) => (event.type === 'failed' ? event.retryInMs : []))
  }
  const first = await waits(1)
  expect(first.every((ms, index) => ms >= Math.min(800 * 2 ** index, 30_000))).toBe(true)
  expect(Math.max(...first)).toBeLessThanOrEqual(60_000)
  expect(await waits(2)).not.toEqual(first)
})

test('a watch that ends by itself, as each does in time, is no failure', async () => {
  const world = newWorld()
  await using _ = world.start()
  await world.clock.advance(180_000)
  world.server.store.endWatches()
  await world.clock.advance(0)
  world.server.seed(NODES, { metadata: { name: 'a' } })
  await world.clock.advance(0)
  expect(world.told()).toEqual(['synced', 'changed a'])
})

test('a watch that ended goes on where it was: no object goes back to what it was before', async () => {
  const world = newWorld()
  await using _ = world.start()
  await world.clock.advance(0)
  for (const end of [undefined, GONE_AWAY]) {
    for (let n = 0; n < 3; n++) {
      world.server.seed(NODES, { metadata: { name: 'a', labels: { n: String(n) } } })
      await world.clock.advance(0)
    }
    world.server.store.endWatches(end)
    await world.clock.advance(60_000)
  }
  const versions = world.events.flatMap((event) =>
    event.type === 'changed' ? Number(event.object.metadata.resourceVersion) : [],
  )
  expect(versions).toEqual([1, 2, 3, 4, 5, 6])
})

test('only what is needed of an object is kept', async () => {
  const world = newWorld(1, ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }))
  world.server.seed(NODES, { metadata: { name: 'a' }, status: { images: ['x'] } })
  await using _ = world.start()
  await world.clock.advance(0)
  world.server.seed(NODES, { metadata: { name: 'b' }, status: { images: ['x'] } })
  await world.clock.advance(0)
  const kept = [...world.reflector.objects().values()]
  expect(kept.map(({ metadata, status }) => [metadata.name, status])).toEqual([
    ['a', undefined],
    ['b', undefined],
  ])
})

/** What happens to a cluster while it is watched. */
const stepArbitrary = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') }) },
  { weight: 3, arbitrary: fc.record({ remove: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') }) },
  { weight: 2, arbitrary: fc.record({ waitMs: fc.integer({ min: 0, max: 5_000 }) }) },
  fc.constantFrom('compact', 'end', 'cut', 'away', 'back', 'throttle' as const),
)

test('it never loses the last state, whatever happens to the server and the connection', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
      const world = newWorld(seed)
      await using _ = world.start()
      for (const step of steps) {
        if (typeof step === 'object') {
          if ('put' in step) {
            const value = String(world.server.store.revision)
            world.server.seed(NODES, { metadata: { name: step.put, labels: { value } } })
          } else if ('remove' in step) {
            await world.admin.delete({ resource: NODES, name: step.remove }, { timeoutMs: 1 })
          } else await world.clock.advance(step.waitMs)
          continue
        }
        if (step === 'compact') world.server.store.compact()
        if (step === 'end') world.server.store.endWatches()
        if (step === 'cut') world.server.store.endWatches(GONE_AWAY)
        if (step === 'away') world.fault = { error: GONE_AWAY, when: 'before' }
        if (step === 'throttle') {
          const error = { reason: 'throttled', message: 'slow down', retryAfterMs: 1_000 } as const
          world.fault = { error, when: 'after' }
        }
        if (step === 'back') world.fault = undefined
      }
      world.fault = undefined
      await world.clock.advance(120_000)
      expect(world.reflector.objects()).toEqual(world.server.store.objects(NODES))
      // And whoever only listens knows the same.
      expect(world.heard()).toEqual(world.server.store.objects(NODES))
    }),
    { numRuns: 300 },
  )
})

function newWorld(seed = 1, trim?: (object: KubeObject) => KubeObject) {
  const server = new MemoryApiServer({ wallMs: () => 0 })
  const clock = sleepClock()
  const events: ReflectorEvent[] = []
  const world: { fault: Fault | undefined } = { fault: undefined }
  const reflector = createReflector(
    NODES,
    {},
    {
      api: server.client({ intercept: () => world.fault }),
      clock,
      random: randomOf(seed),
      ...(trim !== undefined && { trim }),
      onEvent: (event) => events.push(event),
    },
  )
  return Object.assign(world, {
    server,
    clock,
    events,
    reflector,
    admin: server.client(),
    told: () => events.map((event) => ('key' in event ? `${event.type} ${event.key}` : event.type)),
    heard: () => {
      const heard = new Map<string, unknown>()
      for (const event of events) {
        if (event.type === 'changed') heard.set(event.key, event.object)
        if (event.type === 'removed') heard.delete(event.key)
      }
      return heard
    },
    start: () => {
      const stop = new AbortController()
      const running = reflector.run(stop.signal)
      return {
        [Symbol.asyncDispose]: async () => {
          stop.abort()
          await running
        },
      }
    },
  })
}
