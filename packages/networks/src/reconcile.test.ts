import type { CniOutcome, PluginExecution, PluginOutput } from '@fairlead/cni'
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
import { NetworksError } from './errors.ts'
import type { Networks } from './networks.ts'
import type { ReconcileRequest } from './reconcile.ts'

const DIR = '/var/lib/cni/networks'
const BEFORE_BOOT = -5000

let node: NetworksTestbed
let networks: Networks

beforeEach(async () => {
  node = networksTestbed()
  await withNetwork()
})

/** One network with host-local; its plugin releases what is kept for the container, as host-local does. */
async function withNetwork(more: object = {}): Promise<void> {
  const plugin = { type: 'pa', ipam: { type: 'host-local' } }
  const list = { name: 'a', cniVersion: '1.0.0', plugins: [plugin], ...more }
  node.files = new Map([['a.conflist', JSON.stringify(list)]])
  node.answers.set('pa DEL', async (execution) => release(execution))
  networks = await node.open()
}

function release({ env }: PluginExecution): CniOutcome<PluginOutput> {
  for (const one of node.kept) if (one.containerId === env['CNI_CONTAINERID']) node.kept.delete(one)
  return ok()
}

function keep(containerId: string, reservedAtMs: number, more: { dataDir?: string } = {}): void {
  const address = `10.0.0.${node.kept.size + 2}`
  node.kept.add({
    dataDir: DIR,
    network: 'a',
    address,
    containerId,
    ifName: 'eth0',
    reservedAtMs,
    ...more,
  })
}

async function attach(id: string): Promise<void> {
  node.netns.add(`/run/netns/${id}`)
  expect(await networks.setup(sandbox(id))).toMatchObject({ ok: true })
}

function sandbox(containerId: string) {
  return { containerId, netns: `/run/netns/${containerId}` }
}

function held() {
  const gate = Promise.withResolvers<void>()
  const letGo = () => gate.resolve()
  return { gate: gate.promise, letGo }
}

const keptIds = () => [...node.kept].map(({ containerId }) => containerId)

describe('attachments', () => {
  test('whose namespace is gone are deleted with the configuration of ADD; the others stay', async () => {
    for (const id of ['dead', 'alive']) await attach(id)
    node.netns.delete('/run/netns/dead')
    node.files = new Map()
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
    for (const id of ['old', 'alive']) await attach(id)
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
    for (const id of ['mine', 'other']) await attach(id)
    node.netns.delete('/run/netns/mine')
    await networks.reconcile({ livenessOf: (id) => (id === 'mine' ? 'alive' : 'gone') })
    expect([...node.cache.keys()]).toEqual(['a mine eth0'])
  })

  test('that cannot be deleted cost only themselves, and are kept for another try', async () => {
    await withNetwork({ cniVersion: '1.1.0' })
    for (const id of ['stuck', 'dead']) await attach(id)
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

describe('addresses that no attachment accounts for', () => {
  test('from before the boot are released by DEL without a namespace', async () => {
    keep('dead', BEFORE_BOOT)
    let env: PluginExecution['env'] = {}
    node.answers.set('pa DEL dead', async (execution) => {
      env = execution.env
      return release(execution)
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
    keep('unknown', 0)
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
    keep('mine', BEFORE_BOOT)
    await attach('delegated')
    keep('delegated', BEFORE_BOOT)
    await networks.reconcile({ livenessOf: (id) => (id === 'mine' ? 'alive' : 'unknown') })
    expect(keptIds()).toEqual(['mine', 'delegated'])
  })

  test('of a container whose entry of the cache cannot be read are left', async () => {
    keep('half', BEFORE_BOOT)
    node.damaged.push({ file: '/cache/results/b-half-eth0', problem: 'it is half a file' })
    expect(await networks.reconcile()).toMatchObject([
      { reservations: [], undecided: [{ reason: 'it is half a file' }] },
    ])
    expect(keptIds()).toEqual(['half'])
  })

  test('of a network that is not configured any more are told, for no DEL can be run', async () => {
    keep('dead', BEFORE_BOOT)
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
    await withNetwork({
      plugins: [{ type: 'pa', ipam: { type: 'host-local', dataDir: '/run/ipam' } }],
    })
    keep('elsewhere', BEFORE_BOOT)
    keep('here', BEFORE_BOOT, { dataDir: '/run/ipam' })
    await networks.reconcile()
    expect(keptIds()).toEqual(['elsewhere'])
  })

  test('that DEL leaves although it succeeds are an error', async () => {
    keep('dead', BEFORE_BOOT)
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
    await withNetwork({ cniVersion: '1.1.0' })
    keep('unknown', 0)
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
      keep('new', 0)
      await add.gate
      return ok('{"cniVersion":"1.0.0"}')
    })
    const setup = networks.setup(sandbox('new'))
    await quiet()
    expect(keptIds()).toEqual(['new'])
    const report = await networks.reconcile(request)
    expect(report).toMatchObject([{ reservations: [], undecided: [] }])
    add.letGo()
    expect(await setup).toMatchObject({ ok: true })
    expect(node.calls).toEqual(['pa ADD new eth0'])
  })

  test('and done before its turn comes is not collected either, nor does it wait', async () => {
    for (const id of ['dead', 'later']) await attach(id)
    const del = held()
    node.answers.set('pa DEL dead', async (execution) => {
      await del.gate
      return release(execution)
    })
    const reconciled = networks.reconcile(request)
    await quiet()
    await attach('later')
    await attach('new')
    keep('new', 0)
    del.letGo()
    expect(await reconciled).toMatchObject([{ attachments: [{ deleted: true }], reservations: [] }])
    expect([...node.cache.keys()]).toEqual(['a later eth0', 'a new eth0'])
    expect(keptIds()).toEqual(['new'])
  })

  test('keeps GC of the plugins from being run, which is told', async () => {
    await withNetwork({ cniVersion: '1.1.0' })
    const add = held()
    node.answers.set('pa ADD new', async () => {
      await add.gate
      return ok('{"cniVersion":"1.0.0"}')
    })
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

test('a dry run says the same and runs nothing', async () => {
  await withNetwork({ cniVersion: '1.1.0' })
  await attach('dead')
  node.netns.clear()
  keep('dead', 0)
  keep('orphan', BEFORE_BOOT)
  keep('unknown', 0)
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
  await attach('dead')
  node.netns.clear()
  keep('orphan', BEFORE_BOOT)
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
  await withNetwork({ cniVersion: '1.1.0', disableGC: true })
  await attach('dead')
  node.netns.clear()
  keep('orphan', BEFORE_BOOT)
  expect(await networks.reconcile({ livenessOf: () => 'gone' })).toMatchObject([
    { plugins: 'disabled', attachments: [{ deleted: false }], reservations: [] },
  ])
  expect(node.calls).toEqual(['pa ADD dead eth0'])
})

test('ends when it is told to, and says that something is left', async () => {
  for (const id of ['one', 'two']) await attach(id)
  node.netns.clear()
  keep('orphan', BEFORE_BOOT)
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
  await attach('dead')
  node.netns.clear()
  node.answers.set('pa DEL dead', () => new Promise(() => {}))
  void networks.reconcile()
  await quiet()
  expect(node.calls.at(-1)).toBe('pa DEL dead eth0')
  await attach('other')
  expect(networks.status()).toBeDefined()
  await node.clock.advance(31_000)
  expect(node.events).toContainEqual({ type: 'stalled', operation: 'reconcile', sandbox: 'dead' })
})

test('a network without host-local keeps no addresses that are known of', async () => {
  node.files = new Map([['a.conflist', conflist('a', ['pa'])]])
  await networks.reload()
  keep('dead', BEFORE_BOOT)
  expect(await networks.reconcile()).toMatchObject([{ reservations: [], undecided: [] }])
})
