import { spawnSync } from 'node:child_process'
import { unable } from '../support.ts'

/** Kinds of interface that plugins make, and how to find out whether the kernel knows them. */
const VETH = 'ip link add veth0 type veth peer name veth1'
const PROBES = {
  bridge: 'ip link add name probe type bridge',
  ifb: 'ip link add name probe type ifb',
  macvlan: `${VETH} && ip link add link veth0 name probe type macvlan mode bridge`,
  ipvlan: `${VETH} && ip link add link veth0 name probe type ipvlan mode l2`,
  vlan: `${VETH} && ip link add link veth0 name probe type vlan id 5`,
  dummy: 'ip link add name probe type dummy',
} as const

const PACKAGES = { iptables: 'iptables', nft: 'nftables', ping: 'iputils-ping', tc: 'iproute2' }

/** Why no plugin can be run here; undefined where they can. In CI they must. */
export const cannotAttach: string | undefined = unable ?? toolsMissing()

/** The kinds that this machine's kernel was built without, and no package can bring. */
export const kernelLacks: readonly string[] =
  cannotAttach === undefined
    ? Object.entries(PROBES)
        .filter(([, probe]) => spawnSync('unshare', ['--net', 'sh', '-c', probe]).status !== 0)
        .map(([kind]) => kind)
    : []
if (kernelLacks.length > 0) {
  const kinds = kernelLacks.join(', ')
  process.stderr.write(`\n*** This kernel has no ${kinds}: those plugins cannot attach. ***\n\n`)
}

function toolsMissing(): string | undefined {
  const missing = Object.entries(PACKAGES)
    .filter(([tool]) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
    .map(([, name]) => name)
  if (missing.length === 0) return undefined
  const what = `they take apt-get install ${missing.join(' ')}`
  if (process.env['CI'] !== undefined) throw new Error(`The CNI plugins cannot run: ${what}.`)
  process.stderr.write(`\n*** SKIPPED: the CNI plugins, since ${what}. ***\n\n`)
  return what
}
