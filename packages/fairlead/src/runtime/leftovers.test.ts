import { expect, test } from 'vitest'
import { networksTestbed } from '../../../../tests/networks-testbed.ts'
import { collectLeftovers } from './leftovers.ts'
import type { SandboxRecord } from './sandbox.ts'

const NO_SANDBOXES = { get: () => undefined, damaged: [] }

function unexpected(reason: string): never {
  throw new Error(reason)
}

test('what no sandbox of the store owns is collected; a sandbox, a damaged record and a young address are not', async () => {
  const node = networksTestbed()
  const plugin = { type: 'pa', ipam: { type: 'host-local' } }
  const list = { name: 'a', cniVersion: '1.0.0', plugins: [plugin] }
  node.files = new Map([['a.conflist', JSON.stringify(list)]])
  const networks = await node.open()
  for (const id of ['mine', 'damaged', 'forgotten']) {
    node.netns.add(`/run/netns/${id}`)
    await networks.setup({ containerId: id, netns: `/run/netns/${id}` })
  }
  node.netns.delete('/run/netns/mine')
  for (const [index, id] of ['other', 'rebooted'].entries()) {
    node.kept.add({
      dataDir: '/var/lib/cni/networks',
      network: 'a',
      address: `10.0.0.${index}`,
      containerId: id,
      ifName: 'eth0',
      reservedAtMs: id === 'other' ? 0 : node.bootedAtMs - 1,
    })
  }
  node.calls.length = 0
  const store = {
    // Nothing of a record counts here but that it is there.
    get: (id: string) => (id === 'mine' ? ({} as SandboxRecord) : undefined),
    damaged: ['/state/sandboxes/damaged.json'],
  }
  const collecting = collectLeftovers(networks, store, unexpected)
  await expect.poll(() => node.events.at(-1)?.type).toBe('reconciled')
  await collecting[Symbol.asyncDispose]()
  expect(node.calls).toEqual(['pa DEL forgotten eth0', 'pa DEL rebooted eth0'])
  expect([...node.cache.keys()]).toEqual(['a mine eth0', 'a damaged eth0'])
})

test('its end does not wait for what is left', async () => {
  const node = networksTestbed()
  node.files = new Map([
    ['a.conflist', '{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"pa"}]}'],
  ])
  const networks = await node.open()
  for (const id of ['one', 'two']) await networks.setup({ containerId: id, netns: '' })
  node.calls.length = 0
  node.answers.set('pa DEL', ({ signal }) => {
    return new Promise((resolve) => {
      signal?.addEventListener('abort', () =>
        resolve({ ok: true, value: { stdout: '', stderr: '' } }),
      )
    })
  })
  const collecting = collectLeftovers(networks, NO_SANDBOXES, unexpected)
  await expect.poll(() => node.calls).toHaveLength(1)
  await collecting[Symbol.asyncDispose]()
  expect(node.calls).toEqual(['pa DEL one eth0'])
})

test('a failure of it is told at once, and nobody else fails', async () => {
  const networks = await networksTestbed().open()
  const reconcile = async () => Promise.reject(new Error('no such thing'))
  const reasons: string[] = []
  const collecting = collectLeftovers({ ...networks, reconcile }, NO_SANDBOXES, (reason) =>
    reasons.push(reason),
  )
  await expect.poll(() => reasons).toEqual(['no such thing'])
  await collecting[Symbol.asyncDispose]()
})
