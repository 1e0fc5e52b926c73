import { expect } from 'vitest'
import { type NetworkConfigList, networkConfigList } from '../../packages/cni/src/index.ts'
import { IPAM_DIR, TUNING_DIR } from './node.ts'

type Plugin = Readonly<Record<string, unknown>> & { readonly type: string }

/** A network of these plugins. */
export function network(
  name: string,
  plugins: readonly Plugin[],
  cniVersion = '1.1.0',
): NetworkConfigList {
  const list = networkConfigList({ name, cniVersion, plugins })
  if (!list.ok) throw list.error
  return list.value
}

/** Addresses out of one range per family, and a route to everywhere by the gateway. */
export function hostLocal(...subnets: readonly string[]): Plugin {
  return {
    type: 'host-local',
    dataDir: IPAM_DIR,
    ranges: subnets.map((subnet) => [{ subnet }]),
    routes: subnets.map((subnet) => ({ dst: subnet.includes(':') ? '::/0' : '0.0.0.0/0' })),
  }
}

export const SUBNETS = ['10.77.0.0/24', 'fd00:77::/64'] as const

export function bridge(options: Readonly<Record<string, unknown>> = {}): Plugin {
  return {
    type: 'bridge',
    bridge: 'br-e2e',
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: hostLocal(...SUBNETS),
    ...options,
  }
}

/** What a node runs after its main plugin, with every capability. */
export const CHAIN: readonly Plugin[] = [
  { type: 'portmap', capabilities: { portMappings: true } },
  { type: 'firewall', backend: 'iptables' },
  {
    type: 'tuning',
    dataDir: TUNING_DIR,
    capabilities: { mac: true },
    sysctl: { 'net.ipv4.conf.IFNAME.arp_filter': '1' },
    mtu: 1400,
  },
  { type: 'bandwidth', capabilities: { bandwidth: true } },
]

/** What the runtime fills the capabilities with. */
export const CAPABILITY_ARGS = {
  portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  mac: '02:00:00:00:00:77',
  bandwidth: {
    ingressRate: 8_000_000,
    ingressBurst: 800_000,
    egressRate: 16_000_000,
    egressBurst: 800_000,
  },
} as const

/** The value of an outcome that has to be one. */
export function valueOf<T>(
  outcome:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: unknown },
): T {
  if (outcome.ok) return outcome.value
  expect.fail(JSON.stringify(outcome.error, undefined, 2))
}
