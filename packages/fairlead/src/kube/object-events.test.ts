import { expect, test } from 'vitest'
import { sleepClock } from '../../../../tests/sleep-clock.ts'
import { type Fault, MemoryApiServer } from './memory-api.ts'
import { EVENTS } from './resources.ts'
import { involvedNode, objectEvents } from './object-events.ts'

const NODE = involvedNode('n1')
const ENDED = {
  type: 'Warning',
  reason: 'HungPluginEnded',
  message: 'bridge ADD (pid 4711)',
} as const

test('an Event is where kubectl describe node looks for it', async () => {
  const world = newWorld()
  await using _ = world.start()
  world.events.tell(NODE, ENDED)
  await world.clock.advance(1_000)
  expect(world.written()).toMatchObject([
    {
      metadata: { namespace: 'default', name: expect.stringMatching(/^n1\.[0-9a-f]+$/) },
      involvedObject: { kind: 'Node', name: 'n1', uid: 'n1' },
      ...ENDED,
      source: { component: 'fairlead-agent', host: 'n1' },
      firstTimestamp: '2026-11-29T12:00:00Z',
      lastTimestamp: '2026-11-29T12:00:00Z',
      count: 1,
    },
  ])
})

test('what happens while the API server is away is told when it is back, in its order, each once', async () => {
  const world = newWorld()
  await using _ = world.start()
  world.fault = { error: { reason: 'unreachable', message: 'away' }, when: 'before' }
  for (const reason of ['First', 'Second', 'Third']) world.events.tell(NODE, { ...ENDED, reason })
  await world.clock.advance(60_000)
  expect(world.written()).toEqual([])
  world.fault = { error: { reason: 'unreachable', message: 'away' }, when: 'after' }
  await world.clock.advance(60_000)
  world.fault = undefined
  await world.clock.advance(60_000)
  expect(world.written().map(({ reason }) => reason)).toEqual(['First', 'Second', 'Third'])
})

test('when there are too many, the oldest go', async () => {
  const world = newWorld()
  for (let n = 0; n < 80; n++) world.events.tell(NODE, { ...ENDED, reason: `Number${n}` })
  await using _ = world.start()
  await world.clock.advance(1_000)
  expect(world.written()).toHaveLength(50)
  expect(world.written()[0]).toMatchObject({ reason: 'Number30' })
})

test('a message that is too long is cut', async () => {
  const world = newWorld()
  await using _ = world.start()
  world.events.tell(NODE, { ...ENDED, message: 'x'.repeat(5_000) })
  await world.clock.advance(1_000)
  expect(String(world.written()[0]?.['message'])).toMatch(/^x{997}\.\.\.$/)
})

function newWorld() {
  const clock = sleepClock()
  const wallMs = () => Date.parse('2026-11-29T12:00:00Z') + clock.now()
  const server = new MemoryApiServer({ wallMs })
  const world = { fault: undefined as Fault | undefined }
  const events = objectEvents({
    component: 'fairlead-agent',
    instance: 'n1',
    clock,
    wallMs,
    onError: () => {},
  })
  return Object.assign(world, {
    clock,
    events,
    written: () => [...server.store.objects(EVENTS).values()],
    start: () => {
      const stop = new AbortController()
      const api = server.client({ intercept: () => world.fault })
      const running = events.run(api, stop.signal)
      return {
        [Symbol.asyncDispose]: async () => {
          stop.abort()
          await running
        },
      }
    },
  })
}
