import { describe, expect } from 'vitest'
import type { NetworkConfigList } from '../../packages/cni/src/index.ts'
import { cannotAttach } from './kernel.ts'
import { leftovers } from './leftovers.ts'
import { bridge, CAPABILITY_ARGS, CHAIN, hostLocal, network, valueOf } from './networks.ts'
import { CACHE_DIR, IPAM_DIR, type Node, TUNING_DIR } from './node.ts'
import { snapshot } from './snapshot.ts'
import { testOnNode } from './test-on-node.ts'

const test = testOnNode()
const list = network('chain', [bridge({ ipMasq: false }), ...CHAIN])

const OTHER_MAC = '02:00:00:00:00:99'

async function attach(node: Node, containerId: string, capabilityArgs = {}, to = list) {
  const netns = await node.addContainer(containerId)
  const conf = { containerId, netns, ifName: 'eth0', capabilityArgs }
  return { conf, result: valueOf(await node.cni.addNetworkList(to, conf)) }
}

async function reservations(node: Node, name: string): Promise<string[]> {
  const names = await node.sh(`cd ${IPAM_DIR}/${name} && ls`)
  return names.split('\n').filter((file) => /^[\da-f]+[.:]/.test(file))
}

const DAMAGES: readonly (readonly [what: string, plugin: string, command: string])[] = [
  ['an address was removed', 'bridge', 'ip -n c1 addr del 10.77.0.2/24 dev eth0'],
  ['the interface was removed', 'bridge', 'ip -n c1 link del eth0'],
  ['its hardware address was changed', 'bridge', `ip -n c1 link set eth0 address ${OTHER_MAC}`],
  ['its MTU was changed', 'tuning', 'ip -n c1 link set eth0 mtu 1500'],
  ['the default route was removed', 'bridge', 'ip -n c1 route del default'],
  ['the reservation was removed', 'bridge', `rm ${IPAM_DIR}/chain/*[.:]*2`],
  ['a port is no longer mapped', 'portmap', 'iptables -t nat -F CNI-HOSTPORT-DNAT'],
  ['traffic is no longer let through', 'firewall', 'iptables -F CNI-FORWARD'],
  ['its limits were removed', 'bandwidth', 'ip link del "$(ip -br link | grep -o ^bwp[0-9a-f]*)"'],
]

describe.skipIf(cannotAttach !== undefined)('CHECK finds out that', () => {
  test.for(DAMAGES)('%s', async ([, plugin, command], { node }) => {
    const { conf } = await attach(node, 'c1', CAPABILITY_ARGS)
    await node.sh(command)
    expect(await node.cni.checkNetworkList(list, conf)).toMatchObject({
      ok: false,
      error: { code: 'FL_CNI_PLUGIN_ERROR', verb: 'CHECK', network: 'chain', plugin },
    })
    // However it looks by now, it can be taken down.
    expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
  })
})

describe.skipIf(cannotAttach !== undefined).each([
  ['processes', testOnNode()],
  ['kept shells', testOnNode({ runner: 'shells' })],
])('an attachment made by %s', (_how, test) => {
  test('shares the container with one to another network, and neither minds the other', async ({
    node,
  }) => {
    const netns = await node.addContainer('c1')
    const before = await snapshot(node, ['c1'])
    const { routes: _routes, ...ipam } = hostLocal('10.88.0.0/24')
    const red = network('red', [{ type: 'ptp', ipam }])
    const eth0 = { containerId: 'c1', netns, ifName: 'eth0' }
    const net1 = { ...eth0, ifName: 'net1' }
    valueOf(await node.cni.addNetworkList(list, eth0))
    const withEth0 = await snapshot(node, ['c1'])
    valueOf(await node.cni.addNetworkList(red, net1))
    expect(await node.pings('c1', '10.77.0.1')).toBe(true)
    expect(await node.pings('c1', '10.88.0.1')).toBe(true)
    expect(valueOf(await node.cni.cachedAttachments()).attachments).toMatchObject([
      { network: 'chain', ifName: 'eth0' },
      { network: 'red', ifName: 'net1' },
    ])
    valueOf(await node.cni.delNetworkList(red, net1))
    expect(await leftovers(node, withEth0, ['c1'])).toEqual([])
    expect(await node.cni.checkNetworkList(list, eth0)).toEqual({ ok: true, value: 'checked' })
    valueOf(await node.cni.delNetworkList(list, eth0))
    await node.sh('ip link del br-e2e')
    expect(await leftovers(node, before, ['c1'])).toEqual([])
  })

  test('is taken down when its namespace is already gone', async ({ node }) => {
    const before = await snapshot(node)
    const { conf } = await attach(node, 'c1', CAPABILITY_ARGS)
    await node.sh('ip netns del c1')
    expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
    await node.sh('ip link del br-e2e')
    // tuning looks for its notes inside of the namespace only (containernetworking plugins v1.9.1,
    // plugins/meta/tuning/tuning.go cmdDel).
    await node.sh(`rm ${TUNING_DIR}/c1_eth0.json`)
    expect(await leftovers(node, before)).toEqual([])
  })

  test('is taken down by what the cache knows, without its configuration', async ({ node }) => {
    const netns = await node.addContainer('c1')
    const before = await snapshot(node, ['c1'])
    const conf = { containerId: 'c1', netns, ifName: 'eth0', capabilityArgs: CAPABILITY_ARGS }
    valueOf(await node.cni.addNetworkList(list, conf))
    const { attachments } = valueOf(await node.cni.cachedAttachments())
    expect(attachments).toMatchObject([{ ...conf, network: 'chain', config: list.json }])
    for (const attachment of attachments) valueOf(await node.cni.delAttachment(attachment))
    await node.sh('ip link del br-e2e')
    expect(await leftovers(node, before, ['c1'])).toEqual([])
  })

  test('leaves nothing behind when ADD fails half-way and DEL follows', async ({ node }) => {
    const netns = await node.addContainer('c1')
    const before = await snapshot(node, ['c1'])
    // Without firewall, which takes its rules back only with a result to tell it the address: after a
    // failed ADD there is none, for libcni either (plugins/meta/firewall/iptables.go delRules).
    const chain = CHAIN.filter(({ type }) => type !== 'firewall')
    const broken = network('chain', [bridge(), ...chain])
    const conf = {
      containerId: 'c1',
      netns,
      ifName: 'eth0',
      capabilityArgs: { ...CAPABILITY_ARGS, mac: 'nonsense' },
    }
    expect(await node.cni.addNetworkList(broken, conf)).toMatchObject({
      ok: false,
      error: { code: 'FL_CNI_PLUGIN_ERROR', plugin: 'tuning', verb: 'ADD' },
    })
    expect(await node.cni.cachedResult(broken, conf)).toEqual({ ok: true })
    expect(await node.cni.delNetworkList(broken, conf)).toEqual({ ok: true })
    await node.sh('ip link del br-e2e')
    expect(await leftovers(node, before, ['c1'])).toEqual([])
  })

  test('ends at its deadline while a plugin of a plugin hangs, and leaves no process', async ({
    node,
  }) => {
    const netns = await node.addContainer('c1')
    const before = await snapshot(node, ['c1'])
    const conf = { containerId: 'c1', netns, ifName: 'eth0' }
    // host-local, which bridge runs, waits for this lock without a limit.
    const lock = `${IPAM_DIR}/chain/lock`
    await node.sh(`mkdir -p ${IPAM_DIR}/chain && touch ${lock}`)
    const holding = `sh -c 'exec 9<${lock}; flock 9; exec sleep 60' >/dev/null 2>&1 & echo $!`
    const holder = await node.sh(`${holding}; while flock -n ${lock} true; do sleep 0.01; done`)
    const startedMs = performance.now()
    expect(await node.cni.addNetworkList(list, conf, { timeoutMs: 1_000 })).toMatchObject({
      ok: false,
      error: { code: 'FL_CNI_PLUGIN_DEADLINE', plugin: 'bridge', verb: 'ADD' },
    })
    expect(performance.now() - startedMs).toBeLessThan(3_000)
    const running = await node.sh('pgrep --ns $$ --nslist net -l .')
    expect(running).toContain('sleep')
    expect(running).not.toMatch(/bridge|host-local/)
    await node.sh(`kill ${holder}`)
    expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
    await node.sh('ip link del br-e2e')
    expect(await leftovers(node, before, ['c1'])).toEqual([])
  })
})

describe.skipIf(cannotAttach !== undefined)('GC', () => {
  test('releases the address of a container that is gone, and leaves the others theirs', async ({
    node,
  }) => {
    const before = await snapshot(node)
    await attach(node, 'c1', CAPABILITY_ARGS)
    const { conf } = await attach(node, 'c2')
    await node.sh('ip netns del c1')
    expect(await reservations(node, 'chain')).toEqual([
      '10.77.0.2',
      '10.77.0.3',
      'fd00:77::2',
      'fd00:77::3',
    ])
    expect(await node.cni.gcNetworkList(list, [conf])).toEqual({
      plugins: 'collected',
      deleted: [{ network: 'chain', containerId: 'c1', ifName: 'eth0' }],
      errors: [],
    })
    expect(await reservations(node, 'chain')).toEqual(['10.77.0.3', 'fd00:77::3'])
    expect(await node.sh(`ls ${CACHE_DIR}/results`)).toBe('chain-c2-eth0\n')
    expect(await node.cni.checkNetworkList(list, conf)).toEqual({ ok: true, value: 'checked' })
    expect(await node.pings('c2', '10.77.0.1')).toBe(true)
    valueOf(await node.cni.delNetworkList(list, conf))
    await node.sh(`ip netns del c2; ip link del br-e2e; rm ${TUNING_DIR}/c1_eth0.json`)
    expect(await leftovers(node, before)).toEqual([])
  })
})

describe.skipIf(cannotAttach !== undefined)('STATUS', () => {
  test('fails with what a plugin says: here, that its own plugin is missing', async ({ node }) => {
    const broken: NetworkConfigList = network('broken', [bridge({ ipam: { type: 'nosuch' } })])
    expect(await node.cni.statusNetworkList(broken)).toMatchObject({
      ok: false,
      error: { code: 'FL_CNI_PLUGIN_ERROR', plugin: 'bridge', verb: 'STATUS', network: 'broken' },
    })
    expect(await node.cni.validateNetworkList(broken)).toMatchObject([
      { keyPath: 'plugins[0].ipam.type', error: { code: 'FL_CNI_PLUGIN_NOT_FOUND' } },
    ])
  })
})
