import { expect, test } from 'vitest'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import type { KubeObject } from '../../kube/api.ts'
import { type Fault, MemoryApiServer } from '../../kube/memory-api.ts'
import { POD_DISRUPTION_BUDGETS, PODS } from '../../kube/resources.ts'
import { type LatePod, latePods } from './late-pods.ts'

const CONTROLLED = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'rs',
  uid: 'u',
  controller: true,
}
const HOUR_AGO = '2026-11-29T11:00:00Z'
const NOW_MS = Date.parse('2026-11-29T12:00:00Z')

test('a pod that runs without a network that it asks for is listed', async () => {
  const world = newWorld()
  world.pod('late', {})
  world.pod('complete', { status: '[{"name":"web/macvlan"}]' })
  world.pod('of-the-host', { hostNetwork: true })
  world.pod('done', { phase: 'Succeeded' })
  world.pod('elsewhere', { nodeName: 'n2' })
  await using _ = world.start()
  await world.clock.advance(2_000)
  expect(world.late()).toEqual(['late'])
  world.pod('later', {})
  await world.clock.advance(2_000)
  expect(world.late()).toEqual(['late', 'later'])
})

test('a pod that is still being attached is not', async () => {
  const world = newWorld()
  world.pod('young', { startTime: '2026-11-29T12:00:00Z' })
  await using _ = world.start()
  await world.clock.advance(29_000)
  expect(world.late()).toEqual([])
  await world.clock.advance(3_000)
  expect(world.late()).toEqual(['young'])
})

test('none is evicted by default', async () => {
  const world = newWorld()
  world.pod('late', {})
  await using _ = world.start()
  await world.clock.advance(600_000)
  expect(world.evicted).toEqual([])
})

test('by option one in a minute is, where a controller makes it anew', async () => {
  const world = newWorld({ recreate: 'owned' })
  for (const name of ['a', 'b', 'c']) world.pod(name, {})
  world.pod('alone', { owner: undefined })
  world.pod('static', { owner: { ...CONTROLLED, kind: 'Node' } })
  await using _ = world.start()
  await world.clock.advance(59_000)
  expect(world.evicted).toEqual(['a'])
  await world.clock.advance(600_000)
  expect(world.evicted).toEqual(['a', 'b', 'c'])
  expect(world.late()).toEqual(['alone', 'static'])
})

test('none while the networks are not ready, and none that was started since they are', async () => {
  const world = newWorld({ recreate: 'owned' })
  world.pod('early', {})
  world.pod('since', { startTime: '2026-11-29T11:59:00Z' })
  world.readySinceMs = undefined
  await using _ = world.start()
  await world.clock.advance(300_000)
  expect(world.evicted).toEqual([])
  world.readySinceMs = Date.parse('2026-11-29T11:58:00Z')
  await world.clock.advance(300_000)
  expect(world.evicted).toEqual(['early'])
})

test('a disruption budget is kept, and one that cannot go keeps no other', async () => {
  const world = newWorld({ recreate: 'owned' })
  world.pod('guarded', { labels: { app: 'web' } })
  world.pod('other', {})
  world.server.seed(POD_DISRUPTION_BUDGETS, {
    metadata: { name: 'web', namespace: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  })
  await using _ = world.start()
  await world.clock.advance(300_000)
  expect(world.evicted).toEqual(['other'])
  expect(world.errors).toContain('disruption-budget')
})

test('while the API server is away the list stays as it was', async () => {
  const world = newWorld()
  world.pod('late', {})
  await using _ = world.start()
  await world.clock.advance(2_000)
  world.fault = { error: { reason: 'unreachable', message: 'away' }, when: 'before' }
  world.server.store.endWatches(world.fault.error)
  await world.clock.advance(100_000)
  expect(world.late()).toEqual(['late'])
  expect(world.errors).toContain('unreachable')
})

function newWorld({ recreate = 'no' }: { readonly recreate?: 'no' | 'owned' } = {}) {
  const clock = sleepClock()
  const wallMs = () => NOW_MS + clock.now()
  const server = new MemoryApiServer({ wallMs })
  const evicted: string[] = []
  const errors: string[] = []
  const world = {
    readySinceMs: NOW_MS as number | undefined,
    fault: undefined as Fault | undefined,
  }
  const pods = latePods({
    nodeName: 'n1',
    recreate,
    everyMs: 60_000,
    networksReadySinceMs: () => world.readySinceMs,
    clock,
    wallMs,
    onEvicted: ({ name }: LatePod) => evicted.push(name),
    onError: (_, { reason }) => errors.push(reason),
  })
  return Object.assign(world, {
    clock,
    server,
    evicted,
    errors,
    late: () => pods.list().map(({ name }) => name),
    pod: (name: string, more: PodOptions) => server.seed(PODS, podOf(name, more)),
    start: () => {
      const stop = new AbortController()
      const api = server.client({ intercept: () => world.fault })
      const running = pods.run(api, stop.signal)
      return {
        [Symbol.asyncDispose]: async () => {
          stop.abort()
          await running
        },
      }
    },
  })
}

interface PodOptions {
  readonly status?: string
  readonly hostNetwork?: boolean
  readonly phase?: string
  readonly nodeName?: string
  readonly startTime?: string
  readonly labels?: Record<string, string>
  readonly owner?: typeof CONTROLLED | undefined
}

function podOf(name: string, more: PodOptions): Omit<KubeObject, 'apiVersion' | 'kind'> {
  const { status, hostNetwork, phase = 'Running', nodeName = 'n1', startTime = HOUR_AGO } = more
  const owner = 'owner' in more ? more.owner : CONTROLLED
  return {
    metadata: {
      name,
      namespace: 'web',
      labels: more.labels ?? {},
      annotations: {
        'k8s.v1.cni.cncf.io/networks': 'macvlan',
        ...(status !== undefined && { 'k8s.v1.cni.cncf.io/network-status': status }),
      },
      ownerReferences: owner === undefined ? [] : [owner],
    },
    spec: { nodeName, hostNetwork },
    status: { phase, startTime, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}
