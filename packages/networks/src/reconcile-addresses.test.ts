import type { PluginExecution } from '@fairlead/cni'
import { beforeEach, describe, expect, test } from 'vitest'
import { quiet } from '../../../tests/manual-clock.ts'
import {
  held,
  type NetworksTestbed,
  networksTestbed,
  ok,
  sandbox,
} from '../../../tests/networks-testbed.ts'
import {
  attach,
  BEFORE_BOOT,
  hostLocalNetwork,
  keep,
  keptIds,
  release,
} from '../../../tests/reconcile-testbed.ts'
import type { Networks } from './networks.ts'
import type { ReconcileRequest } from './reconcile.ts'

let node: NetworksTestbed
let networks: Networks

beforeEach(async () => {
  node = networksTestbed()
  networks = await hostLocalNetwork(node)
})

describe('addresses that no attachment accounts for', () => {
  test('from before the boot are released by DEL without a namespace', async () => {
    keep(node, 'dead', BEFORE_BOOT)
    let env: PluginExecution['env'] = {}
    node.answers.set('pa DEL dead', async (execution) => {
      env = execution.env
      return release(node, execution)
    })
    expect(await networks.reconcile()).toMatchObject([
      {
        plugins: 'not-supported',
        reservations: [{ reservation: { containerId: 'dead' }, released: true }],
        undecided: [],
        errors: [],
      },
    ])
    expect(env).toMatchObject({ CNI_COMMAND: 'DEL', CNI_IFNAME: 'eth0' })
    expect(env['CNI_NETNS'] ?? '').toBe('')
    expect(node.kept.size).toBe(0)
  })

  test('younger than the boot are told and left, unless the caller knows that the container is gone', async () => {
    keep(node, 'unknown', 0)
    expect(await networks.reconcile()).toMatchObject([
      {
        reservations: [],
        undecided: [
          {
            reservation: { containerId: 'unknown' },
            reason: 'it is younger than the boot and the cache does not know its container',
          },
        ],
      },
    ])
    expect(node.calls).toEqual([])
    await networks.reconcile({ livenessOf: () => 'gone' })
    expect(node.kept.size).toBe(0)
  })

  test('of a container that the caller knows, or that has an attachment of any network, stay', async () => {
    keep(node, 'mine', BEFORE_BOOT)
    await attach(node, networks, 'delegated')
    keep(node, 'delegated', BEFORE_BOOT)
    await networks.reconcile({ livenessOf: (id) => (id === 'mine' ? 'alive' : 'unknown') })
    expect(keptIds(node)).toEqual(['mine', 'delegated'])
  })

  test('of a container whose entry of the cache cannot be read are left', async () => {
    keep(node, 'half', BEFORE_BOOT)
    node.damaged.push({ file: '/cache/results/b-half-eth0', problem: 'it is half a file' })
    expect(await networks.reconcile()).toMatchObject([
      { reservations: [], undecided: [{ reason: 'it is half a file' }] },
    ])
    expect(keptIds(node)).toEqual(['half'])
  })

  test('of a network that is not configured any more are told, for no DEL can be run', async () => {
    keep(node, 'dead', BEFORE_BOOT)
    node.files = new Map([
      [
        'b.conflist',
        JSON.stringify({
          name: 'b',
          cniVersion: '1.0.0',
          plugins: [{ type: 'pb', ipam: { type: 'host-local' } }],
        }),
      ],
    ])
    await networks.reload()
    expect(await networks.reconcile()).toMatchObject([
      { network: 'b' },
      {
        network: 'a',
        plugins: 'not-configured',
        undecided: [{ reason: 'its network has no configuration to release it with' }],
      },
    ])
    expect(node.calls).toEqual([])
  })

  test('are looked for in the folder that the configuration names', async () => {
    networks = await hostLocalNetwork(node, {
      plugins: [{ type: 'pa', ipam: { type: 'host-local', dataDir: '/run/ipam' } }],
    })
    keep(node, 'elsewhere', BEFORE_BOOT)
    keep(node, 'here', BEFORE_BOOT, { dataDir: '/run/ipam' })
    await networks.reconcile()
    expect(keptIds(node)).toEqual(['elsewhere'])
  })

  test('that DEL leaves although it succeeds are an error', async () => {
    keep(node, 'dead', BEFORE_BOOT)
    node.answers.set('pa DEL', async () => ok())
    expect(await networks.reconcile()).toMatchObject([
      {
        reservations: [{ released: false }],
        errors: [
          {
            code: 'FL_NETWORKS_IPAM',
            message: '10.0.0.2 of network a is still kept for container dead after DEL',
          },
        ],
      },
    ])
  })

  test('that are left are among the valid ones of GC', async () => {
    networks = await hostLocalNetwork(node, { cniVersion: '1.1.0' })
    keep(node, 'unknown', 0)
    let stdin = ''
    node.answers.set('pa GC', async (execution) => {
      stdin = execution.stdin
      return ok()
    })
    await networks.reconcile()
    expect(JSON.parse(stdin)).toMatchObject({
      'cni.dev/valid-attachments': [{ containerID: 'unknown', ifname: 'eth0' }],
    })
  })
})

describe('a pod that is set up meanwhile', () => {
  // As the caller saw it before: a list of containers that is older than the pod.
  const request: ReconcileRequest = { livenessOf: () => 'gone' }

  test('is not collected: its address is there, its attachment not yet', async () => {
    const add = held()
    node.answers.set('pa ADD new', async () => {
      keep(node, 'new', 0)
      return add.answer()
    })
    const setup = networks.setup(sandbox('new'))
    await quiet()
    expect(keptIds(node)).toEqual(['new'])
    const report = await networks.reconcile(request)
    expect(report).toMatchObject([{ reservations: [], undecided: [] }])
    add.letGo()
    expect(await setup).toMatchObject({ ok: true })
    expect(node.calls).toEqual(['pa ADD new eth0'])
  })

  test('and done before its turn comes is not collected either, nor does it wait', async () => {
    for (const id of ['dead', 'later']) await attach(node, networks, id)
    const del = held()
    node.answers.set('pa DEL dead', async (execution) => {
      await del.answer()
      return release(node, execution)
    })
    const reconciled = networks.reconcile(request)
    await quiet()
    await attach(node, networks, 'later')
    await attach(node, networks, 'new')
    keep(node, 'new', 0)
    del.letGo()
    expect(await reconciled).toMatchObject([{ attachments: [{ deleted: true }], reservations: [] }])
    expect([...node.cache.keys()]).toEqual(['a later eth0', 'a new eth0'])
    expect(keptIds(node)).toEqual(['new'])
  })

  test('keeps GC of the plugins from being run, which is told', async () => {
    networks = await hostLocalNetwork(node, { cniVersion: '1.1.0' })
    const add = held()
    node.answers.set('pa ADD new', add.answer)
    const setup = networks.setup(sandbox('new'))
    await quiet()
    expect(await networks.reconcile()).toMatchObject([
      { plugins: 'not-run', errors: [{ code: 'FL_NETWORKS_BUSY' }] },
    ])
    add.letGo()
    await setup
    expect(await networks.reconcile()).toMatchObject([{ plugins: 'collected', errors: [] }])
  })
})
