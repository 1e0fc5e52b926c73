import { describe, expect } from 'vitest'
import { cannotAttach, kernelLacks } from './kernel.ts'
import { leftovers } from './leftovers.ts'
import { bridge, CAPABILITY_ARGS, hostLocal, network, SUBNETS, valueOf } from './networks.ts'
import { NEIGHBOUR, type Node, UPLINK } from './node.ts'
import { snapshot } from './snapshot.ts'
import { testOnNode } from './test-on-node.ts'

const STATIC = {
  type: 'static',
  addresses: [{ address: '10.9.9.50/24' }, { address: 'fd00:9::50/64' }],
}

const test = testOnNode()

/** A plugin, and an address that a container of it reaches, if any. */
const KINDS = [
  ['ptp', { type: 'ptp', ipMasq: true, ipam: hostLocal(...SUBNETS) }, NEIGHBOUR.address],
  ['macvlan', { type: 'macvlan', master: UPLINK, ipam: STATIC }, NEIGHBOUR.address],
  ['ipvlan', { type: 'ipvlan', master: UPLINK, ipam: STATIC }, NEIGHBOUR.address],
  ['vlan', { type: 'vlan', master: UPLINK, vlanId: 5, ipam: STATIC }, undefined],
  ['dummy', { type: 'dummy', ipam: STATIC }, undefined],
  ['bridge with static', bridge({ ipam: STATIC }), undefined],
  ['loopback', { type: 'loopback' }, '127.0.0.1'],
] as const

describe.skipIf(cannotAttach !== undefined)('the plugin', () => {
  async function prepare(node: Node, plugin: { readonly type: string }) {
    const netns = await node.addContainer('c1')
    const ifName = plugin.type === 'loopback' ? 'lo' : 'eth0'
    return {
      list: network('kinds', [plugin]),
      conf: { containerId: 'c1', netns, ifName },
      before: await snapshot(node, ['c1']),
    }
  }

  test.for(KINDS.filter(([, { type }]) => !kernelLacks.includes(type)))(
    '%s attaches a container, passes CHECK and leaves nothing behind',
    async ([, plugin, reached], { node }) => {
      const { list, conf, before } = await prepare(node, plugin)
      expect(await node.cni.statusNetworkList(list)).toEqual({ ok: true, value: 'ready' })
      const result = valueOf(await node.cni.addNetworkList(list, conf))
      const addresses = await addressesOf(node, conf.ifName)
      expect(result.ips.map(({ address }) => address)).toEqual(
        plugin.type === 'loopback' ? ['127.0.0.1/8', '::1/128'] : addresses,
      )
      expect(addresses).toHaveLength(2)
      expect(reached === undefined || (await node.pings('c1', reached))).toBe(true)
      expect(await node.cni.checkNetworkList(list, conf)).toEqual({ ok: true, value: 'checked' })
      expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
      if (plugin.type === 'bridge') await node.sh('ip link del br-e2e')
      expect(await leftovers(node, before, ['c1'])).toEqual([])

      valueOf(await node.cni.addNetworkList(list, conf))
      await node.sh(`ip link set ${conf.ifName} down && ip addr flush dev ${conf.ifName}`, 'c1')
      expect(await node.cni.checkNetworkList(list, conf)).toMatchObject({
        error: { code: 'FL_CNI_PLUGIN_ERROR', plugin: plugin.type, verb: 'CHECK' },
      })
      expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
    },
  )

  test.for(KINDS.filter(([, { type }]) => kernelLacks.includes(type)))(
    '%s, which this kernel was built without, says so, and leaves nothing behind',
    async ([, plugin], { node }) => {
      const { list, conf, before } = await prepare(node, plugin)
      expect(await node.cni.addNetworkList(list, conf)).toMatchObject({
        ok: false,
        error: {
          code: 'FL_CNI_PLUGIN_ERROR',
          plugin: plugin.type,
          msg: expect.stringContaining('operation not supported'),
        },
      })
      expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
      expect(await leftovers(node, before, ['c1'])).toEqual([])
    },
  )
})

describe.skipIf(cannotAttach !== undefined)('a network of version', () => {
  test.for(['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'])(
    '%s attaches a container with a mapped port, and leaves nothing behind',
    async (version, { node }) => {
      const netns = await node.addContainer('c1')
      const before = await snapshot(node, ['c1'])
      const portmap = { type: 'portmap', capabilities: { portMappings: true } }
      const list = network('versions', [bridge(), portmap], version)
      const conf = { containerId: 'c1', netns, ifName: 'eth0', capabilityArgs: CAPABILITY_ARGS }
      const result = valueOf(await node.cni.addNetworkList(list, conf))
      expect(result.cniVersion).toBe(version)
      expect(result.ips.map(({ address }) => address)).toEqual(['10.77.0.2/24', 'fd00:77::2/64'])
      await node.listen('c1', 80)
      expect(await node.ask(NEIGHBOUR.netns, '10.9.9.2', 8080)).toBe(NEIGHBOUR.address)
      expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
      await node.sh('ip link del br-e2e')
      expect(await leftovers(node, before, ['c1'])).toEqual([])
    },
  )
})

/** The addresses that do not come by themselves. */
async function addressesOf(node: Node, ifName: string): Promise<string[]> {
  const [link] = JSON.parse(await node.sh(`ip -j addr show dev ${ifName}`, 'c1')) as {
    readonly addr_info: readonly {
      readonly local: string
      readonly prefixlen: number
      readonly scope: string
    }[]
  }[]
  return (link?.addr_info ?? [])
    .filter(({ scope }) => scope !== 'link')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
}
