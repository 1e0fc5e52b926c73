import { readdir } from 'node:fs/promises'
import { NamespaceMode, Protocol } from '@fairlead/cri'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failed, ok } from '../../../../tests/networks-testbed.ts'
import { podConfig, SandboxesBed } from './sandboxes-fixture.ts'
import { conditionsOf } from './status.ts'

let bed: SandboxesBed
const { signal } = new AbortController()

beforeEach(async () => {
  bed = await SandboxesBed.open()
})

afterEach(() => bed[Symbol.asyncDispose]())

const onHost = {
  linux: { securityContext: { namespaceOptions: { network: NamespaceMode.NODE } } },
}

test('a sandbox has a namespace and its networks, and is known after a restart', async () => {
  const id = await bed.sandboxes.run(podConfig('web'), '', signal)
  expect(id).toMatch(/^[0-9a-f]{64}$/)
  expect(bed.namespaces.size).toBe(1)
  expect(bed.node.calls).toEqual([`pa ADD ${id} eth0`])
  await bed.start()
  expect(await bed.sandboxes.recover(signal)).toEqual({ undone: [], stopped: [] })
  expect(bed.sandboxes.get(id.slice(0, 12))).toMatchObject({
    id,
    state: 'ready',
    metadata: { name: 'web' },
  })
})

test('on the host network it has neither', async () => {
  await bed.sandboxes.run(podConfig('web', onHost), '', signal)
  expect(bed.namespaces.size).toBe(0)
  expect(bed.node.calls).toEqual([])
})

test('stopped twice and removed twice it is gone, with all that it had', async () => {
  const id = await bed.sandboxes.run(podConfig('web'), '', signal)
  for (const _ of ['once', 'again']) await bed.sandboxes.stop(id, signal)
  expect(bed.sandboxes.get(id).state).toBe('stopped')
  for (const _ of ['once', 'again']) await bed.sandboxes.remove(id, signal)
  expect(bed.namespaces.size).toBe(0)
  expect(bed.node.cache.size).toBe(0)
  expect(await readdir(bed.dir)).toEqual([])
  expect(() => bed.sandboxes.get(id)).toThrow('there is no sandbox')
})

test('two of one name are not made, not even at once', async () => {
  const both = await Promise.allSettled([
    bed.sandboxes.run(podConfig('web'), '', signal),
    bed.sandboxes.run(podConfig('web'), '', signal),
  ])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await expect(bed.sandboxes.run(podConfig('web'), '', signal)).rejects.toThrow(
    'web_n_u_0 is reserved for',
  )
})

test('one whose network fails is undone, and its name is free', async () => {
  bed.node.answers.set('pa ADD', async () => failed('no address left'))
  await expect(bed.sandboxes.run(podConfig('web'), '', signal)).rejects.toThrow('no address left')
  expect([bed.namespaces.size, bed.node.cache.size, await readdir(bed.dir)]).toEqual([0, 0, []])
  bed.node.answers.delete('pa ADD')
  await bed.sandboxes.run(podConfig('web'), '', signal)
})

test('one that cannot be undone is shown as not ready, for kubelet to stop and remove', async () => {
  bed.node.answers
    .set('pa ADD', async () => failed('no'))
    .set('pa DEL', async () => failed('stuck'))
  await expect(bed.sandboxes.run(podConfig('web'), '', signal)).rejects.toThrow('stuck')
  const [left] = bed.sandboxes.list(undefined)
  expect(left).toMatchObject({ metadata: { name: 'web' }, state: 'stopped' })
  await expect(bed.sandboxes.stop(left?.id ?? '', signal)).rejects.toThrow('stuck')
  bed.node.answers.clear()
  await bed.sandboxes.stop(left?.id ?? '', signal)
  await bed.sandboxes.remove(left?.id ?? '', signal)
  expect([bed.namespaces.size, await readdir(bed.dir)]).toEqual([0, []])
})

test('a removal that fails keeps the sandbox, for another try', async () => {
  const id = await bed.sandboxes.run(podConfig('web'), '', signal)
  bed.node.answers.set('pa DEL', async () => failed('stuck'))
  await expect(bed.sandboxes.remove(id, signal)).rejects.toThrow(
    'network a of eth0 is not detached',
  )
  expect(bed.sandboxes.get(id).id).toBe(id)
  bed.node.answers.clear()
  await bed.sandboxes.remove(id, signal)
  expect(bed.sandboxes.list(undefined)).toEqual([])
})

describe('a list', () => {
  test('can be of a label, a state or the beginning of an id', async () => {
    const one = await bed.sandboxes.run(podConfig('one'), '', signal)
    const two = await bed.sandboxes.run(podConfig('two'), '', signal)
    await bed.sandboxes.stop(two, signal)
    const ids = (filter: object) =>
      bed.sandboxes.list({ id: '', labelSelector: {}, ...filter }).map(({ id }) => id)
    expect(ids({})).toEqual([one, two])
    expect(ids({ labelSelector: { app: 'two' } })).toEqual([two])
    expect(ids({ id: one.slice(0, 8) })).toEqual([one])
    expect(ids({ state: { state: 0 } })).toEqual([one])
    expect(ids({ state: { state: 1 } })).toEqual([two])
  })
})

test("what the pod says of ports and DNS is for plugins with the capability, in the conventions' words", async () => {
  const plugins = [
    { type: 'p', capabilities: { portMappings: true, dns: true } },
    { type: 'q', capabilities: { portMappings: false } },
  ]
  bed.node.files = new Map([
    ['10-a.conflist', JSON.stringify({ name: 'a', cniVersion: '1.0.0', plugins })],
  ])
  const seen: unknown[] = []
  for (const type of ['p', 'q']) {
    bed.node.answers.set(`${type} ADD`, async ({ stdin }) => {
      const { runtimeConfig } = JSON.parse(stdin) as { runtimeConfig?: object }
      seen.push(runtimeConfig)
      return ok('{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.2/24"}]}')
    })
  }
  bed.node.hint()
  await bed.node.clock.advance(1000)
  const port = { hostPort: 8080, containerPort: 80, protocol: Protocol.UDP, hostIp: '10.0.0.1' }
  const dns = { servers: ['10.96.0.10'], searches: ['svc.cluster.local'], options: ['ndots:5'] }
  await bed.sandboxes.run(
    podConfig('web', { portMappings: [port, { ...port, hostPort: 0 }], dnsConfig: dns }),
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
  const named = podConfig('web', { hostname: "a'; reboot" })
  await expect(bed.sandboxes.run(named, '', signal)).rejects.toThrow('is no host name')
  expect(await readdir(bed.dir)).toEqual([])
})

test("Status has containerd's reason and text for a network that is not ready", async () => {
  bed.node.missing.add('pa')
  const other = await bed.node.open()
  await bed.node.clock.advance(100)
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
