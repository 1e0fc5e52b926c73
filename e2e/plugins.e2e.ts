import { describe, expect } from 'vitest'
import type { NetworkConfigList } from '../packages/cni/src/index.ts'
import { cannotAttach } from './plugins/kernel.ts'
import { leftovers } from './plugins/leftovers.ts'
import { bridge, CAPABILITY_ARGS, CHAIN, network, valueOf } from './plugins/networks.ts'
import { NEIGHBOUR, type Node, NODE_ADDRESS, UPLINK } from './plugins/node.ts'
import { snapshot } from './plugins/snapshot.ts'
import { testOnNode } from './plugins/test-on-node.ts'

async function attach(
  node: Node,
  list: NetworkConfigList,
  containerId: string,
  capabilityArgs = {},
) {
  const netns = await node.addContainer(containerId)
  const conf = { containerId, netns, ifName: 'eth0', capabilityArgs }
  return { conf, result: valueOf(await node.cni.addNetworkList(list, conf)) }
}

const NFT_CHAIN = [
  bridge({ ipMasqBackend: 'nftables' }),
  { type: 'portmap', backend: 'nftables', capabilities: { portMappings: true } },
]

describe.skipIf(cannotAttach !== undefined).each([
  ['iptables', {}, [bridge(), ...CHAIN]],
  ['iptables and kept shells', { runner: 'shells' }, [bridge(), ...CHAIN]],
  // With an iptables as of Debian bookworm beside it, bridge fails DEL of what it made in nftables:
  // it asks iptables, too, and takes "Chain ... does not exist" for an error (pkg/ip/
  // ipmasq_iptables_linux.go `isNotExist`, go-iptables `IsNotExist`).
  ['nftables', { tools: ['nft'] }, NFT_CHAIN],
] as const)('a bridge, host-local and a chain of plugins, by %s,', (_how, options, plugins) => {
  const test = testOnNode(options)
  const list = network('chain', plugins)

  test('is valid and ready', async ({ node }) => {
    expect(await node.cni.validateNetworkList(list)).toEqual([])
    expect(await node.cni.statusNetworkList(list)).toEqual({ ok: true, value: 'ready' })
  })

  test('gives the container an address of each family, and says which', async ({ node }) => {
    const { conf, result } = await attach(node, list, 'c1')
    expect(result.ips).toEqual([
      { address: '10.77.0.2/24', gateway: '10.77.0.1', interface: 2 },
      { address: 'fd00:77::2/64', gateway: 'fd00:77::1', interface: 2 },
    ])
    expect(result.interfaces[2]).toMatchObject({ name: 'eth0', sandbox: conf.netns })
    const [eth0] = JSON.parse(await node.sh('ip -j addr show dev eth0', 'c1'))
    expect(eth0.address).toBe(result.interfaces[2]?.mac)
    const global = eth0.addr_info.filter(({ scope }: { scope: string }) => scope === 'global')
    expect(global.map(({ local }: { local: string }) => local)).toEqual(['10.77.0.2', 'fd00:77::2'])
    expect(await node.cni.cachedResult(list, conf)).toEqual({ ok: true, value: result })
  })

  test('lets two containers reach each other by ping and TCP', async ({ node }) => {
    await attach(node, list, 'c1')
    await attach(node, list, 'c2')
    await node.listen('c1', 80)
    for (const [asked, asking] of [
      ['10.77.0.2', '10.77.0.3'],
      ['fd00:77::2', 'fd00:77::3'],
    ] as const) {
      expect(await node.pings('c2', asked)).toBe(true)
      expect(await node.ask('c2', asked, 80)).toBe(asking)
    }
  })

  test("lets a container reach beyond the node, under the node's address", async ({ node }) => {
    await attach(node, list, 'c1')
    await node.listen(NEIGHBOUR.netns, 80)
    expect(await node.pings('c1', NEIGHBOUR.address)).toBe(true)
    expect(await node.ask('c1', NEIGHBOUR.address, 80)).toBe(NODE_ADDRESS)
  })

  test("leads a port of the node to the container's, whoever asks", async ({ node }) => {
    const { conf } = await attach(node, list, 'c1', CAPABILITY_ARGS)
    await attach(node, list, 'c2')
    await node.listen('c1', 80)
    expect(await node.ask(NEIGHBOUR.netns, NODE_ADDRESS, 8080)).toBe(NEIGHBOUR.address)
    expect(await node.ask('c2', NODE_ADDRESS, 8080)).toMatch(/^10\.77\.0\.[13]$/)
    expect(await node.ask('c1', NODE_ADDRESS, 8080)).toBe('10.77.0.1')
    expect(await node.ask('', '127.0.0.1', 8080)).toBe('10.77.0.1')
    expect(await node.ask('c2', 'fd00:77::1', 8080)).toMatch(/^fd00:77::[13]$/)

    valueOf(await node.cni.delNetworkList(list, conf))
    expect(await node.ask(NEIGHBOUR.netns, NODE_ADDRESS, 8080)).toContain('ECONNREFUSED')
  })

  test('passes CHECK as long as it is as ADD left it', async ({ node }) => {
    const { conf } = await attach(node, list, 'c1', CAPABILITY_ARGS)
    const checked = { ok: true, value: 'checked' }
    expect(await node.cni.checkNetworkList(list, conf)).toEqual(checked)
    expect(await node.cni.checkNetworkList(list, conf)).toEqual(checked)
  })

  test('leaves nothing behind after DEL, which can be repeated', async ({ node }) => {
    const netns = await node.addContainer('c1')
    const before = await snapshot(node, ['c1'])
    const conf = { containerId: 'c1', netns, ifName: 'eth0', capabilityArgs: CAPABILITY_ARGS }
    for (let time = 0; time < 2; time += 1) {
      valueOf(await node.cni.addNetworkList(list, conf))
      expect(await snapshot(node, ['c1'])).not.toEqual(before)
      expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
      expect(await node.cni.delNetworkList(list, conf)).toEqual({ ok: true })
    }
    // The bridge stays for the next container (containernetworking plugins v1.9.1, bridge.go cmdDel).
    await node.sh('ip link del br-e2e')
    expect(await leftovers(node, before, ['c1'])).toEqual([])
  })
})

describe.skipIf(cannotAttach !== undefined)('the chain', () => {
  const test = testOnNode()
  const list = network('chain', [bridge(), ...CHAIN])

  test('tunes the interface as told', async ({ node }) => {
    const { result } = await attach(node, list, 'c1', CAPABILITY_ARGS)
    expect(result.interfaces[2]?.mac).toBe(CAPABILITY_ARGS.mac)
    const [eth0] = JSON.parse(await node.sh('ip -j link show dev eth0', 'c1'))
    expect(eth0).toMatchObject({ address: CAPABILITY_ARGS.mac, mtu: 1400 })
    expect(await node.sh('cat /proc/sys/net/ipv4/conf/eth0/arp_filter', 'c1')).toBe('1\n')
  })

  test('limits the bandwidth both ways', async ({ node }) => {
    const { result } = await attach(node, list, 'c1', CAPABILITY_ARGS)
    const [, veth, , ifb] = result.interfaces.map(({ name }) => name)
    const qdiscs = JSON.parse(await node.sh('tc -j qdisc')) as {
      readonly kind: string
      readonly dev: string
      readonly options: { readonly rate?: number }
    }[]
    const limits = qdiscs.filter(({ kind }) => kind === 'tbf')
    // In bytes per second here, in bits per second in the configuration.
    expect(limits.map(({ dev, options }) => [dev, options.rate])).toEqual([
      [veth, 1_000_000],
      [ifb, 2_000_000],
    ])
    expect(limits.some(({ dev }) => dev === UPLINK)).toBe(false)
  })
})
