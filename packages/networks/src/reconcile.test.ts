import { beforeEach, describe, expect, test } from 'vitest'
import { quiet } from '../../../tests/manual-clock.ts'
import {
  conflist,
  failed,
  type NetworksTestbed,
  networksTestbed,
  nodeStateOf,
  ok,
} from '../../../tests/networks-testbed.ts'
import { attach, BEFORE_BOOT, hostLocalNetwork, keep } from '../../../tests/reconcile-testbed.ts'
import { NetworksError } from './errors.ts'
import type { Networks } from './networks.ts'

let node: NetworksTestbed
let networks: Networks

beforeEach(async () => {
  node = networksTestbed()
  networks = await hostLocalNetwork(node)
})

describe('attachments', () => {
  test('whose namespace is gone are deleted with the configuration of ADD; the others stay', async () => {
    for (const id of ['dead', 'alive']) await attach(node, networks, id)
    node.netns.delete('/run/netns/dead')
    node.write({})
    await networks.reload()
    expect(await networks.reconcile()).toMatchObject([
      {
        network: 'a',
        plugins: 'not-configured',
        valid: 1,
        attachments: [{ attachment: { containerId: 'dead' }, deleted: true }],
        errors: [],
      },
    ])
    expect([...node.cache.keys()]).toEqual(['a alive eth0'])
    expect(node.calls.slice(2)).toEqual(['pa DEL dead eth0'])
  })

  test('from before the boot are deleted where there is no namespace at their path', async () => {
    const netnsState = async (netns: string) => (netns.includes('old') ? 'unknown' : 'alive')
    networks = await node.open({ nodeState: { ...nodeStateOf(node), netnsState } })
    for (const id of ['old', 'alive']) await attach(node, networks, id)
    node.bootedAtMs = 1000
    await networks.reconcile()
    // That the boot is younger than what lives is what a clock says that was set forward.
    expect([...node.cache.keys()]).toEqual(['a alive eth0'])
  })

  test('are told with what kept addresses of other networks from being found', async () => {
    const error = new NetworksError('FL_NETWORKS_IPAM', 'it cannot be read')
    const reservedNetworks = async () => ({ networks: [], errors: [error] })
    networks = await node.open({ nodeState: { ...nodeStateOf(node), reservedNetworks } })
    expect(await networks.reconcile()).toMatchObject([{ network: 'a', errors: [error] }])
  })

  test('stay where the caller knows that the container lives, and go where it knows that it is gone', async () => {
    for (const id of ['mine', 'other']) await attach(node, networks, id)
    node.netns.delete('/run/netns/mine')
    await networks.reconcile({ livenessOf: (id) => (id === 'mine' ? 'alive' : 'gone') })
    expect([...node.cache.keys()]).toEqual(['a mine eth0'])
  })

  test('that cannot be deleted cost only themselves, and are kept for another try', async () => {
    networks = await hostLocalNetwork(node, { cniVersion: '1.1.0' })
    for (const id of ['stuck', 'dead']) await attach(node, networks, id)
    node.netns.clear()
    node.answers.set('pa DEL stuck', async () => failed('no'))
    let stdin = ''
    node.answers.set('pa GC', async (execution) => {
      stdin = execution.stdin
      return ok()
    })
    expect(await networks.reconcile()).toMatchObject([
      {
        plugins: 'collected',
        attachments: [{ deleted: false }, { deleted: true }],
        errors: [{ msg: 'no' }],
      },
    ])
    expect([...node.cache.keys()]).toEqual(['a stuck eth0'])
    expect(JSON.parse(stdin)).toMatchObject({
      'cni.dev/valid-attachments': [{ containerID: 'stuck', ifname: 'eth0' }],
    })
    node.answers.delete('pa DEL stuck')
    expect(await networks.reconcile()).toMatchObject([{ attachments: [{ deleted: true }] }])
  })
})

test('a dry run says the same and runs nothing', async () => {
  networks = await hostLocalNetwork(node, { cniVersion: '1.1.0' })
  await attach(node, networks, 'dead')
  node.netns.clear()
  keep(node, 'dead', 0)
  keep(node, 'orphan', BEFORE_BOOT)
  keep(node, 'unknown', 0)
  const before = [...node.calls]
  expect(await networks.reconcile({ dryRun: true })).toMatchObject([
    {
      plugins: 'collected',
      valid: 0,
      attachments: [{ attachment: { containerId: 'dead' }, deleted: false }],
      reservations: [{ reservation: { containerId: 'orphan' }, released: false }],
      undecided: [{ reservation: { containerId: 'unknown' } }],
      errors: [],
    },
  ])
  expect(node.calls).toEqual(before)
  expect(node.kept.size).toBe(3)
})

test('done again it finds nothing more, and tells what it did by an event and by operations', async () => {
  await attach(node, networks, 'dead')
  node.netns.clear()
  keep(node, 'orphan', BEFORE_BOOT)
  await networks.reconcile()
  const { length } = node.calls
  expect(await networks.reconcile()).toMatchObject([
    { valid: 0, attachments: [], reservations: [], undecided: [], errors: [] },
  ])
  expect(node.calls).toHaveLength(length)
  expect(node.events).toContainEqual(
    expect.objectContaining({ type: 'done', operation: 'reconcile', sandbox: 'orphan', ok: true }),
  )
  expect(node.events.filter(({ type }) => type === 'reconciled')).toHaveLength(2)
})

test('of a network that others may use nothing is touched (disableGC)', async () => {
  networks = await hostLocalNetwork(node, { cniVersion: '1.1.0', disableGC: true })
  await attach(node, networks, 'dead')
  node.netns.clear()
  keep(node, 'orphan', BEFORE_BOOT)
  expect(await networks.reconcile({ livenessOf: () => 'gone' })).toMatchObject([
    { plugins: 'disabled', attachments: [{ deleted: false }], reservations: [] },
  ])
  expect(node.calls).toEqual(['pa ADD dead eth0'])
})

test('ends when it is told to, and says that something is left', async () => {
  for (const id of ['one', 'two']) await attach(node, networks, id)
  node.netns.clear()
  keep(node, 'orphan', BEFORE_BOOT)
  const ended = new AbortController()
  node.answers.set('pa DEL one', async () => {
    ended.abort()
    return ok()
  })
  expect(await networks.reconcile({}, { signal: ended.signal })).toMatchObject([
    {
      attachments: [{ deleted: true }, { deleted: false }],
      reservations: [{ released: false }],
      errors: [{ code: 'FL_CNI_ABORTED' }],
    },
  ])
  expect(node.calls.slice(2)).toEqual(['pa DEL one eth0'])
})

test('a plugin that hangs holds nobody up but the leftover it hangs on', async () => {
  await attach(node, networks, 'dead')
  node.netns.clear()
  node.answers.set('pa DEL dead', () => new Promise(() => {}))
  void networks.reconcile()
  await quiet()
  expect(node.calls.at(-1)).toBe('pa DEL dead eth0')
  await attach(node, networks, 'other')
  expect(networks.status()).toBeDefined()
  await node.clock.advance(31_000)
  expect(node.events).toContainEqual({ type: 'stalled', operation: 'reconcile', sandbox: 'dead' })
})

test('a network without host-local keeps no addresses that are known of', async () => {
  node.write({ 'a.conflist': conflist('a', ['pa']) })
  await networks.reload()
  keep(node, 'dead', BEFORE_BOOT)
  expect(await networks.reconcile()).toMatchObject([{ reservations: [], undecided: [] }])
})
