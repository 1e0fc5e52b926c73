import { expect, test } from 'vitest'
import { CILIUM, conf, PublishingNode, remembering } from './publisher-fixture.ts'

const MULTUS = JSON.stringify({
  cniVersion: '0.3.1',
  name: 'multus',
  plugins: [{ type: 'multus', clusterNetwork: 'cilium' }],
})

test('the primary comes first, and the meta network when the runtime has been Ready for long', async () => {
  const node = new PublishingNode({ '00-multus.conflist': MULTUS, '05-cilium.conflist': CILIUM })
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
  await node.step()
  expect(Object.keys(node.dir)).toEqual(['05-cilium.conflist'])
  node.nowMs += 10_000
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM, '00-multus.conflist': MULTUS })
})

test('a source that breaks changes nothing in the conf dir', async () => {
  const node = new PublishingNode({ '05-cilium.conflist': CILIUM })
  await node.step()
  node.sources = { '05-cilium.conflist': CILIUM.slice(0, 20) }
  node.nowMs += 1_000_000
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
})

// Was: the time of the first absence counted for every later one.
test('a file that goes again has as long to come back as the first time', async () => {
  const node = new PublishingNode({
    '05-cilium.conflist': CILIUM,
    '10-b.conflist': conf('b', 'bridge'),
  })
  const both = node.sources
  await node.step({ staged: false })
  for (let absence = 0; absence < 3; absence += 1) {
    node.sources = { '05-cilium.conflist': CILIUM }
    await node.step({ staged: false })
    node.nowMs += 50_000
    await node.step({ staged: false })
    node.sources = both
    await node.step({ staged: false })
    node.nowMs += 50_000
  }
  expect(node.dir).toEqual(both)
})

test('folders that cannot be read take nothing away, however soon a file counts as gone', async () => {
  const node = new PublishingNode({
    '05-cilium.conflist': CILIUM,
    '10-b.conflist': conf('b', 'bridge'),
  })
  const both = node.sources
  await node.step({ staged: false, sourceGoneFor: 0 })
  node.restart()
  node.unreadable = true
  await node.step({ staged: false, sourceGoneFor: 0, withdrawLast: true })
  expect(node.dir).toEqual(both)
})

test('a change that waits for a plugin is made as the sources are then', async () => {
  const node = new PublishingNode({ '05-cilium.conflist': CILIUM })
  node.pluginAgeMs = (nowMs) => (nowMs < 5_000 ? nowMs : undefined)
  await node.step()
  const newer = conf('cilium', 'cilium-cni', { mtu: 1400 })
  node.sources = { '05-cilium.conflist': newer }
  node.nowMs = 5_000
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': newer })
  expect(node.events.filter(({ type }) => type === 'published')).toHaveLength(1)
})

test('a change is only made when the runtime has been looked at since the last one', async () => {
  const node = new PublishingNode({ '05-cilium.conflist': CILIUM })
  node.lookedAtMs = -Infinity
  await node.step()
  expect(node.dir).toEqual({})
  node.lookedAtMs = 0
  node.nowMs = 1
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
  const newer = conf('cilium', 'cilium-cni', { mtu: 1400 })
  node.sources = { '05-cilium.conflist': newer }
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
  node.lookedAtMs = 2
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': newer })
})

test('a version at which the runtime would run STATUS is published as one at which it does not', async () => {
  const node = new PublishingNode({
    '05-cilium.conflist': conf('cilium', 'cilium-cni', {}, '1.1.0'),
  })
  await node.step()
  expect(JSON.parse(node.dir['05-cilium.conflist'] ?? '')).toMatchObject({ cniVersion: '1.0.0' })
  const left = new PublishingNode({
    '05-cilium.conflist': conf('cilium', 'cilium-cni', {}, '1.1.0'),
  })
  await left.step({ statusBy: 'runtime' })
  expect(JSON.parse(left.dir['05-cilium.conflist'] ?? '')).toMatchObject({ cniVersion: '1.1.0' })
})

test('a text that its source has was looked at there, and only another one is asked for', async () => {
  const same = new PublishingNode({ '05-cilium.conflist': CILIUM })
  await same.step()
  expect(same.asked).toEqual([])
  const other = new PublishingNode({
    '05-cilium.conflist': conf('cilium', 'cilium-cni', {}, '1.1.0'),
  })
  await other.step()
  expect(other.asked).toEqual(['1.0.0'])
})

test('a change waits for a plugin that goes on, but not for those that come and go', async () => {
  const node = new PublishingNode({ '05-cilium.conflist': CILIUM })
  node.pluginAgeMs = (nowMs) => (nowMs < 70_000 ? nowMs : undefined)
  await node.untilPublished()
  expect(node.nowMs).toBeGreaterThanOrEqual(70_000)
  expect(Object.keys(node.dir)).toEqual(['05-cilium.conflist'])

  const busy = new PublishingNode({ '05-cilium.conflist': CILIUM })
  busy.pluginAgeMs = () => 100
  await busy.untilPublished()
  expect(busy.nowMs).toBeLessThan(11_000)

  const hung = new PublishingNode({ '05-cilium.conflist': CILIUM })
  hung.pluginAgeMs = (nowMs) => nowMs
  await hung.untilPublished()
  expect(hung.nowMs).toBeGreaterThanOrEqual(120_000)
})

test('nothing comes before the loopback plugin that every pod needs, and nothing goes with it', async () => {
  const node = new PublishingNode({ '05-cilium.conflist': CILIUM })
  node.missing.add('loopback')
  await node.step()
  expect(node.dir).toEqual({})
  node.missing.delete('loopback')
  await node.step()
  node.missing.add('loopback')
  await node.step()
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
})

test('thick Multus comes when its daemon listens, and stays when it does not any more', async () => {
  const thick = JSON.stringify({
    cniVersion: '0.3.1',
    name: 'multus',
    plugins: [{ type: 'multus-shim', clusterNetwork: 'cilium', daemonSocketDir: '/run/m' }],
  })
  const node = new PublishingNode({ '00-multus.conflist': thick, '05-cilium.conflist': CILIUM })
  await node.step()
  node.nowMs += 10_000
  await node.step()
  expect(Object.keys(node.dir)).toEqual(['05-cilium.conflist'])
  expect(node.events).toContainEqual({
    type: 'waits',
    network: 'multus',
    reason: 'its daemon does not listen at /run/m/multus.sock',
  })
  node.sockets.add('/run/m/multus.sock')
  await node.step()
  const both = { '05-cilium.conflist': CILIUM, '00-multus.conflist': thick }
  expect(node.dir).toEqual(both)
  node.sockets.clear()
  await node.step()
  expect(node.dir).toEqual(both)
})

test('a file of somebody else does not count, and is set aside by policy', async () => {
  const node = new PublishingNode({ '05-cilium.conflist': CILIUM })
  await node.step()
  node.dir['00-foreign.conf'] = 'x'
  await node.step()
  expect(node.dir['00-foreign.conf']).toBe('x')
  await node.step({ unknownFiles: 'set-aside' })
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
})

test('an empty conf dir gets what was published last at once where the policy says so', async () => {
  const node = new PublishingNode({})
  node.memory = remembering({ '05-cilium.conflist': CILIUM })
  await node.step({ atBoot: 'last-good' })
  expect(node.dir).toEqual({ '05-cilium.conflist': CILIUM })
  const clean = new PublishingNode({})
  clean.memory = remembering({ '05-cilium.conflist': CILIUM })
  await clean.step()
  expect(clean.dir).toEqual({})
})
