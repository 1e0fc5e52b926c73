import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  connectCri,
  type CriServices,
  type PodSandboxConfigInit,
  PodSandboxState,
  serveCri,
} from '@fairlead/cri'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { systemClock, waitUntil } from '../../ports.ts'
import type { RuntimeState } from '../runtime-watch.ts'
import { clusterConfigSchema } from './config.ts'
import { createProbe } from './probe.ts'

const READY: RuntimeState = { kind: 'ready', sinceMs: 0 }
const STALLED: RuntimeState = { kind: 'stalled', sinceMs: 0 }
const EVERY_MS = 60_000

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-agent-probe-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a pod is made and removed, at once and then every so long', async () => {
  await using node = await newNode()
  expect(node.last()).toEqual({ kind: 'none' })
  node.start()
  await node.until(() => node.last().kind === 'worked')
  expect(node.calls).toEqual(['run', 'stop p1', 'remove p1'])
  await node.pass(EVERY_MS - 1_000)
  expect(node.calls).toHaveLength(3)
  await node.pass(1_000)
  await node.until(() => node.calls.includes('remove p2'))
  expect(node.pods.size).toBe(0)
  expect(node.told).toEqual(['worked'])
})

test('it has the annotations of the config, and the cgroup that the runtime wants', async () => {
  await using node = await newNode({ annotations: { 'example.com/pool': 'probes' } })
  node.start()
  await node.until(() => node.last().kind === 'worked')
  expect(node.configs).toMatchObject([
    {
      annotations: { 'example.com/pool': 'probes' },
      labels: { 'fairlead.dev/probe-of': 'agent' },
      linux: { cgroupParent: 'system.slice' },
    },
  ])
})

test('one that gets no network has failed, and is removed', async () => {
  await using node = await newNode()
  node.own.podSandboxStatus = () => ({ status: { network: { ip: '0.0.0.0' } } })
  node.start()
  await node.until(() => node.last().kind === 'failed')
  expect(node.last()).toMatchObject({
    reason: expect.stringMatching(/^a pod was made and got no network: its address is 0\.0\.0\.0/),
  })
  expect(node.calls).toEqual(['run', 'stop p1', 'remove p1'])
})

test('none is made while the runtime is not Ready', async () => {
  await using node = await newNode()
  node.runtime = STALLED
  node.start()
  await node.pass(10 * EVERY_MS)
  expect(node.calls).toEqual([])
  node.runtime = READY
  await node.pass(1_000)
  await node.until(() => node.last().kind === 'worked')
})

test('there is never a second one beside the first', async () => {
  await using node = await newNode()
  let finish = () => {}
  node.own.runPodSandbox = () =>
    new Promise((resolve) => {
      finish = () => {
        resolve({ podSandboxId: 'p1' })
      }
    })
  node.start()
  await node.until(() => node.calls.length > 0)
  await node.pass(10 * EVERY_MS)
  expect(node.calls).toEqual(['run'])
  finish()
  await node.until(() => node.last().kind === 'worked')
})

test.each([
  ['runPodSandbox', 'a pod cannot be made: RunPodSandbox: '],
  ['stopPodSandbox', 'a pod cannot be stopped: StopPodSandbox: '],
  ['removePodSandbox', 'a pod cannot be removed: RemovePodSandbox: '],
  ['listPodSandbox', 'the pods cannot be listed: ListPodSandbox: '],
] as const)('where %s fails it says so, and is well when it works again', async (call, says) => {
  await using node = await newNode()
  node.own[call] = () => {
    throw new Error('no addresses left')
  }
  node.start()
  await node.until(() => node.last().kind === 'failed')
  expect(node.last()).toMatchObject({ reason: expect.stringContaining(says) as string })
  node.own = {}
  await node.pass(EVERY_MS)
  await node.until(() => node.last().kind === 'worked')
  expect(node.pods.size).toBe(0)
  expect(node.told).toEqual(['failed', 'worked'])
})

test('a pod that takes longer than it may fails, and what the runtime made all the same is removed', async () => {
  await using node = await newNode({ timeout: 300 })
  node.own.runPodSandbox = ({ config }) => {
    node.pods.set('slow', config ?? {})
    return new Promise<never>(() => {})
  }
  node.start()
  await node.until(() => node.last().kind === 'failed')
  expect(node.last()).toMatchObject({
    reason: expect.stringMatching(/^a pod cannot be made: RunPodSandbox: /) as string,
  })
  expect(node.calls).toEqual(['run', 'stop slow', 'remove slow'])
})

test('the pod of an agent that was killed is removed before another is made, and nobody else’s', async () => {
  await using node = await newNode()
  const labels = (owner: string) => ({ 'fairlead.dev/probe-of': owner })
  const metadata = { name: 'x', namespace: 'fairlead-probe', uid: 'x', attempt: 0 }
  node.pods.set('left', { metadata, labels: labels('agent') })
  node.pods.set('of a slot', { metadata, labels: labels('runtime-slots') })
  node.pods.set('named so', {
    metadata: { ...metadata, namespace: 'default' },
    labels: labels('agent'),
  })
  node.start()
  await node.until(() => node.last().kind === 'worked')
  expect(node.calls).toEqual(['stop left', 'remove left', 'run', 'stop p1', 'remove p1'])
  expect([...node.pods.keys()]).toEqual(['of a slot', 'named so'])
})

test('no other is made while one cannot be ended', async () => {
  await using node = await newNode()
  node.own.stopPodSandbox = () => {
    throw new Error('DEL fails')
  }
  node.start()
  await node.until(() => node.last().kind === 'failed')
  await node.pass(EVERY_MS)
  await node.until(() => node.calls.length === 3)
  expect(node.calls).toEqual(['run', 'stop p1', 'stop p1'])
})

test('an agent that is told to end while a pod is made ends it first, and says nothing of it', async () => {
  await using node = await newNode()
  node.own.runPodSandbox = ({ config }) => {
    node.pods.set('begun', config ?? {})
    return new Promise<never>(() => {})
  }
  node.start()
  await node.until(() => node.calls.length > 0)
  await node.end()
  expect(node.calls).toEqual(['run', 'stop begun', 'remove begun'])
  expect(node.last()).toEqual({ kind: 'none' })
})

test('it is off by default, and not made more often than every 10 s', () => {
  expect(clusterConfigSchema.parse({}).probe).toBeUndefined()
  expect(clusterConfigSchema.parse({ probe: {} }).probe).toEqual({
    every: 300_000,
    timeout: 30_000,
    annotations: {},
  })
  expect(clusterConfigSchema.safeParse({ probe: { every: '9s' } }).success).toBe(false)
})

type Handlers = NonNullable<CriServices['runtime']>
type OfPod = Pick<PodSandboxConfigInit, 'labels' | 'metadata'>

/** A node whose runtime keeps pods; `own` stands before what it would do. */
async function newNode(policy: { annotations?: Record<string, string>; timeout?: number } = {}) {
  const clock = sleepClock()
  const socket = path.join(folder, 'cri.sock')
  const calls: string[] = []
  const configs: unknown[] = []
  const told: string[] = []
  const pods = new Map<string, OfPod>()
  let count = 0
  const node = { runtime: READY, own: {} as Partial<Handlers> }
  const server = await serveCri(socket, {
    image: {},
    runtime: {
      listPodSandbox: (...call) =>
        node.own.listPodSandbox?.(...call) ?? {
          items: [...pods].map(([id, { metadata, labels }]) => ({
            id,
            state: PodSandboxState.SANDBOX_READY,
            ...(metadata === undefined ? {} : { metadata }),
            ...(labels === undefined ? {} : { labels }),
          })),
        },
      runPodSandbox: (...call) => {
        calls.push('run')
        configs.push(call[0].config)
        const other = node.own.runPodSandbox?.(...call)
        if (other !== undefined) return other
        count += 1
        pods.set(`p${count}`, call[0].config ?? {})
        return { podSandboxId: `p${count}` }
      },
      podSandboxStatus: (...call) => node.own.podSandboxStatus?.(...call) ?? {},
      stopPodSandbox: (...call) => {
        calls.push(`stop ${call[0].podSandboxId}`)
        return node.own.stopPodSandbox?.(...call) ?? {}
      },
      removePodSandbox: (...call) => {
        calls.push(`remove ${call[0].podSandboxId}`)
        const other = node.own.removePodSandbox?.(...call)
        if (other === undefined) pods.delete(call[0].podSandboxId)
        return other ?? {}
      },
    },
  })
  const probe = createProbe(
    {
      connect: () => connectCri(socket),
      cgroupParent: async () => 'system.slice',
      runtime: () => node.runtime,
      clock,
      onEvent: ({ probed }) => told.push(probed.kind),
    },
    { every: EVERY_MS, timeout: 5_000, annotations: {}, ...policy },
  )
  const stop = new AbortController()
  let running = Promise.resolve()
  const end = async () => {
    stop.abort()
    await running
  }
  return Object.assign(node, {
    calls,
    configs,
    told,
    pods,
    last: probe.last,
    start: () => {
      running = probe.run(stop.signal)
    },
    end,
    pass: clock.advance,
    /** In real time: the calls go over a socket. */
    until: async (holds: () => boolean) => {
      expect(await waitUntil(holds, { clock: systemClock, everyMs: 5, timeoutMs: 5_000 })).toBe(
        true,
      )
    },
    [Symbol.asyncDispose]: async () => {
      await end()
      await server[Symbol.asyncDispose]()
    },
  })
}
