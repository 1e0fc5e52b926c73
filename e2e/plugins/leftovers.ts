import { setTimeout as delay } from 'node:timers/promises'
import { CACHE_DIR, IPAM_DIR, type Node, TUNING_DIR } from './node.ts'
import { type Snapshot, snapshot } from './snapshot.ts'

/**
 * What the node has that it did not have before, and what it lacks, but for what the plugins keep for
 * the next attachment by design. What the kernel takes apart by itself is waited for.
 */
export async function leftovers(
  node: Node,
  before: Snapshot,
  containers: readonly string[] = [],
): Promise<string[]> {
  let found: string[] = []
  for (let tries = 0; tries < 30; tries += 1) {
    found = changes(before, await snapshot(node, containers)).filter(
      (line) => !BY_DESIGN.has(line) && !NFT_BY_DESIGN.test(line) && !FILES_BY_DESIGN.test(line),
    )
    if (found.length === 0) break
    await delay(100)
  }
  return found
}

/** The lines of `now` that `before` lacks (`+`), and the other way round (`-`). */
function changes(before: Snapshot, now: Snapshot): string[] {
  const sections = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...sections].flatMap((section) => {
    const [old, young] = [before[section] ?? [], now[section] ?? []]
    return [
      ...without(young, old).map((line) => `+ ${section}: ${line}`),
      ...without(old, young).map((line) => `- ${section}: ${line}`),
    ]
  })
}

/** Not a set: a rule that is there twice is left over once. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0
    counts.set(line, count - 1)
    return count <= 0
  })
}

/**
 * Chains that all containers share are made by the first and never removed (containernetworking
 * plugins v1.9.1, plugins/meta/firewall/iptables.go `setupChains`, plugins/meta/portmap/
 * portmap_iptables.go "IMPORTANT: do not change this" and `unforwardPorts`).
 */
const SHARED_CHAINS = [
  'filter :CNI-ADMIN -',
  'filter :CNI-FORWARD -',
  'filter -A FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD',
  'filter -A CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j CNI-ADMIN',
  'nat :CNI-HOSTPORT-DNAT -',
  'nat :CNI-HOSTPORT-MASQ -',
  'nat :CNI-HOSTPORT-SETMARK -',
  'nat -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  'nat -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  'nat -A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
  'nat -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
  'nat -A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
]

const BY_DESIGN: ReadonlySet<string> = new Set(
  SHARED_CHAINS.flatMap((line) => [`+ node: iptables: ${line}`, `+ node: ip6tables: ${line}`]),
)

/**
 * The same in nftables (plugins/meta/portmap/portmap_nftables.go `forwardPorts`, pkg/ip/
 * ipmasq_nftables_linux.go): all but the rules of the chains that have some for each container.
 */
const NFT_BY_DESIGN =
  /^\+ node: nftables: \w+ (cni_hostport|cni_plugins_masquerade) (chain|rule (?!.*"chain":"(hostports|masquerading|masq_checks)"))/

/**
 * The folders; host-local's lock, and where it is in its range (plugins/ipam/host-local/backend/disk).
 */
const FILES_BY_DESIGN = new RegExp(
  `^\\+ files: (${CACHE_DIR}(/results)?|${TUNING_DIR}|${IPAM_DIR}(/[a-z-]+(/lock|/last_reserved_ip\\.\\d(:.*)?)?)?)$`,
)
