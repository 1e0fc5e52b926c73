import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { NamespaceMode, type PodSandboxConfig, PodSandboxState, Protocol } from '@fairlead/cri'
import type { Networks } from '@fairlead/networks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  conflist,
  failed,
  type NetworksTestbed,
  networksTestbed,
  ok,
} from '../../../../tests/networks-testbed.ts'
import type { ProcessId } from '../procfs.ts'
import { type PodSandboxes, podSandboxes } from './pod-sandboxes.ts'
import { conditionsOf } from './status.ts'
import { openStore, type SandboxStore } from './store.ts'

let dir: string
let node: NetworksTestbed
let networks: Networks
let store: SandboxStore
let sandboxes: PodSandboxes
/** Network namespaces that are there. */
let namespaces: Set<string>
/** The pauses that live. */
let living: Map<string, ProcessId>
const { signal } = new AbortController()

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-runtime-'))
  node = networksTestbed()
  node.files = new Map([['10-a.conflist', conflist('a', ['pa'])]])
  networks = await node.open()
  namespaces = new Set()
  living = new Map()
  await start()
})

afterEach(async () => {
  networks[Symbol.dispose]()
  await rm(dir, { recursive: true })
})

/** Starts over with what is on disk. */
async function start(endPlugins = async (): Promise<void> => {}): Promise<void> {
  store = await openStore(dir)
  sandboxes = podSandboxes({
    store,
    networks,
    pauses: {
      start: async ({ id, netns }) => {
        living.set(id, { pid: 1000 + living.size, startTick: 1 })
        if (netns !== '') namespaces.add(netns)
      },
      stop: async ({ id, netns }) => {
        living.delete(id)
        namespaces.delete(netns)
      },
      find: (id) => living.get(id),
      keepOnly: async (ids) => {
        for (const id of living.keys()) if (!ids.has(id)) living.delete(id)
      },
      endPlugins,
    },
  })
}

function config(name: string, more: object = {}): PodSandboxConfig {
  return {
    $typeName: 'runtime.v1.PodSandboxConfig',
    metadata: {
      $typeName: 'runtime.v1.PodSandboxMetadata',
      name,
      uid: 'u',
      namespace: 'n',
      attempt: 0,
    },
    hostname: '',
    logDirectory: '',
    portMappings: [],
    labels: { app: name },
    annotations: {},
    ...more,
  }
}

const onHost = {
  linux: { securityContext: { namespaceOptions: { network: NamespaceMode.NODE } } },
}

test('a sandbox has a namespace and its networks, and is known after a restart', async () => {
  const id = await sandboxes.run(config('web'), '', signal)
  expect(id).toMatch(/^[0-9a-f]{64}$/)
  expect(namespaces.size).toBe(1)
  expect(node.calls).toEqual([`pa ADD ${id} eth0`])
  await start()
  expect(await sandboxes.recover(signal)).toEqual({ undone: [], stopped: [] })
  expect(sandboxes.get(id.slice(0, 12))).toMatchObject({
    id,
    state: 'ready',
    metadata: { name: 'web' },
  })
})

test('on the host network it has neither', async () => {
  await sandboxes.run(config('web', onHost), '', signal)
  expect(namespaces.size).toBe(0)
  expect(node.calls).toEqual([])
})

test('stopped twice and removed twice it is gone, with all that it had', async () => {
  const id = await sandboxes.run(config('web'), '', signal)
  for (const _ of ['once', 'again']) await sandboxes.stop(id, signal)
  expect(sandboxes.get(id).state).toBe('stopped')
  for (const _ of ['once', 'again']) await sandboxes.remove(id, signal)
  expect(namespaces.size).toBe(0)
  expect(node.cache.size).toBe(0)
  expect(await readdir(dir)).toEqual([])
  expect(() => sandboxes.get(id)).toThrow('there is no sandbox')
})

test('two of one name are not made, not even at once', async () => {
  const both = await Promise.allSettled([
    sandboxes.run(config('web'), '', signal),
    sandboxes.run(config('web'), '', signal),
  ])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await expect(sandboxes.run(config('web'), '', signal)).rejects.toThrow(
    'web_n_u_0 is reserved for',
  )
})

test('one whose network fails is undone, and its name is free', async () => {
  node.answers.set('pa ADD', async () => failed('no address left'))
  await expect(sandboxes.run(config('web'), '', signal)).rejects.toThrow('no address left')
  expect([namespaces.size, node.cache.size, await readdir(dir)]).toEqual([0, 0, []])
  node.answers.delete('pa ADD')
  await sandboxes.run(config('web'), '', signal)
})

test('one that cannot be undone is shown as not ready, for kubelet to stop and remove', async () => {
  node.answers.set('pa ADD', async () => failed('no')).set('pa DEL', async () => failed('stuck'))
  await expect(sandboxes.run(config('web'), '', signal)).rejects.toThrow('stuck')
  const [left] = sandboxes.list(undefined)
  expect(left).toMatchObject({ metadata: { name: 'web' }, state: 'stopped' })
  await expect(sandboxes.stop(left?.id ?? '', signal)).rejects.toThrow('stuck')
  node.answers.clear()
  await sandboxes.stop(left?.id ?? '', signal)
  await sandboxes.remove(left?.id ?? '', signal)
  expect([namespaces.size, await readdir(dir)]).toEqual([0, []])
})

test('a removal that fails keeps the sandbox, for another try', async () => {
  const id = await sandboxes.run(config('web'), '', signal)
  node.answers.set('pa DEL', async () => failed('stuck'))
  await expect(sandboxes.remove(id, signal)).rejects.toThrow('network a of eth0 is not detached')
  expect(sandboxes.get(id).id).toBe(id)
  node.answers.clear()
  await sandboxes.remove(id, signal)
  expect(sandboxes.list(undefined)).toEqual([])
})

describe('a list', () => {
  test('can be of a label, a state or the beginning of an id', async () => {
    const one = await sandboxes.run(config('one'), '', signal)
    const two = await sandboxes.run(config('two'), '', signal)
    await sandboxes.stop(two, signal)
    const ids = (filter: object) =>
      sandboxes.list({ id: '', labelSelector: {}, ...filter }).map(({ id }) => id)
    expect(ids({})).toEqual([one, two])
    expect(ids({ labelSelector: { app: 'two' } })).toEqual([two])
    expect(ids({ id: one.slice(0, 8) })).toEqual([one])
    expect(ids({ state: { state: 0 } })).toEqual([one])
    expect(ids({ state: { state: 1 } })).toEqual([two])
  })
})

test('one whose pause has ended is not ready, and can be stopped', async () => {
  const id = await sandboxes.run(config('web'), '', signal)
  expect(sandboxes.stateOf(sandboxes.get(id))).toBe(PodSandboxState.SANDBOX_READY)
  living.delete(id)
  expect(sandboxes.stateOf(sandboxes.get(id))).toBe(PodSandboxState.SANDBOX_NOTREADY)
  await sandboxes.stop(id, signal)
  expect(namespaces.size).toBe(0)
})

test('a pause of a sandbox that nobody knows is ended at the start', async () => {
  const id = await sandboxes.run(config('web'), '', signal)
  living.set('unknown', { pid: 1, startTick: 1 })
  await start()
  await sandboxes.recover(signal)
  expect([...living.keys()]).toEqual([id])
})

test('a pause of a sandbox whose record is damaged goes on, as its network is left', async () => {
  const id = await sandboxes.run(config('web'), '', signal)
  await writeFile(path.join(dir, `${id}.json`), '{"kind":"other"}')
  await start()
  await sandboxes.recover(signal)
  expect([...living.keys()]).toEqual([id])
})

describe('of what an earlier run has begun and not finished', () => {
  /** As `kill -9` leaves it. */
  async function begin(name: string): Promise<string> {
    const id = await sandboxes.run(config(name), '', signal)
    await store.put({ ...sandboxes.get(id), state: 'making' })
    return id
  }

  test('what cannot be undone is shown as not ready, and costs the others nothing', async () => {
    const ids = [await begin('stuck'), await begin('hung'), await begin('good')]
    const [stuck = '', hung = '', good = ''] = ids
    node.answers.set(`pa DEL ${stuck}`, async () => failed('stuck'))
    node.answers.set(`pa DEL ${hung}`, ({ signal: ended }) => {
      return new Promise((resolve) => {
        ended?.addEventListener('abort', () => resolve(failed('too late')))
      })
    })
    await start()
    const late = new AbortController()
    const recovering = sandboxes.recover(late.signal)
    // Nobody waits for the one that hangs.
    await expect.poll(() => [...living.keys()]).toEqual([stuck, hung])
    late.abort()
    const { undone, stopped } = await recovering
    expect(undone).toEqual([good])
    expect(stopped).toEqual([
      { id: stuck, reason: expect.stringContaining('stuck') },
      { id: hung, reason: expect.stringContaining('too late') },
    ])
    const states = sandboxes.list(undefined).map(({ id, state }) => [id, state])
    expect(Object.fromEntries(states)).toEqual({ [stuck]: 'stopped', [hung]: 'stopped' })
    node.answers.clear()
    for (const { id } of stopped) await sandboxes.remove(id, signal)
    expect([namespaces.size, await readdir(dir)]).toEqual([0, []])
  })

  test('all is shown as not ready where a plugin of then cannot be ended', async () => {
    const id = await begin('web')
    const unending = async () => Promise.reject(new Error('process 7 does not end on SIGKILL'))
    await start(unending)
    expect(await sandboxes.recover(signal)).toEqual({
      undone: [],
      stopped: [{ id, reason: 'process 7 does not end on SIGKILL' }],
    })
    expect(sandboxes.get(id).state).toBe('stopped')
  })
})

test("what the pod says of ports and DNS is for plugins with the capability, in the conventions' words", async () => {
  const plugins = [
    { type: 'p', capabilities: { portMappings: true, dns: true } },
    { type: 'q', capabilities: { portMappings: false } },
  ]
  node.files = new Map([
    ['10-a.conflist', JSON.stringify({ name: 'a', cniVersion: '1.0.0', plugins })],
  ])
  const seen: unknown[] = []
  for (const type of ['p', 'q']) {
    node.answers.set(`${type} ADD`, async ({ stdin }) => {
      const { runtimeConfig } = JSON.parse(stdin) as { runtimeConfig?: object }
      seen.push(runtimeConfig)
      return ok('{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.2/24"}]}')
    })
  }
  node.hint()
  await node.clock.advance(1000)
  const port = { hostPort: 8080, containerPort: 80, protocol: Protocol.UDP, hostIp: '10.0.0.1' }
  const dns = { servers: ['10.96.0.10'], searches: ['svc.cluster.local'], options: ['ndots:5'] }
  await sandboxes.run(
    config('web', { portMappings: [port, { ...port, hostPort: 0 }], dnsConfig: dns }),
    '',
    signal,
  )
  expect(seen).toEqual([
    {
      portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'udp', hostIP: '10.0.0.1' }],
      dns,
    },
    undefined,
  ])
})

test('a name that no host can have is refused', async () => {
  const named = config('web', { hostname: "a'; reboot" })
  await expect(sandboxes.run(named, '', signal)).rejects.toThrow('is no host name')
  expect(await readdir(dir)).toEqual([])
})

test('a file of the state that is no sandbox is left alone and told; half a file is removed', async () => {
  await writeFile(path.join(dir, 'x.json'), '{"kind":"other"}')
  await writeFile(path.join(dir, 'y.json.tmp'), '{"ki')
  await start()
  expect(store.damaged).toEqual([path.join(dir, 'x.json')])
  expect(await readdir(dir)).toEqual(['x.json'])
})

test("Status has containerd's reason and text for a network that is not ready", async () => {
  node.missing.add('pa')
  const other = await node.open()
  await node.clock.advance(100)
  expect(conditionsOf(other)).toMatchObject([
    { type: 'RuntimeReady', status: true },
    {
      type: 'NetworkReady',
      status: false,
      reason: 'NetworkPluginNotReady',
      message: 'Network plugin returns error: network a: plugin pa: not there',
    },
  ])
  other[Symbol.dispose]()
})
