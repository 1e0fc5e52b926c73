import type { Node } from './node.ts'

/** Everything a plugin could leave, one fact a line, under where it was found. */
export type Snapshot = Readonly<Record<string, readonly string[]>>

/** What network namespaces hold that plugins could change: the node's own, and the containers'. */
export async function snapshot(node: Node, containers: readonly string[] = []): Promise<Snapshot> {
  const sections: Record<string, readonly string[]> = { files: await files(node) }
  for (const netns of ['', ...containers]) {
    for (const [what, argv, linesOf] of COMMANDS) {
      const { code, out, err } = await node.run(argv, netns)
      if (code !== 0 && what !== 'sysctls') throw new Error(`${argv.join(' ')}: ${err}`)
      sections[`${netns === '' ? 'node' : netns}: ${what}`] = linesOf(out)
    }
  }
  return sections
}

const COMMANDS: readonly (readonly [
  what: string,
  argv: readonly string[],
  linesOf: (out: string) => string[],
])[] = [
  ['addresses', ['ip', '-j', '-d', 'addr'], elements],
  // Of both families.
  ['routes', ['ip', '-j', 'route', 'show', 'table', 'all'], elements],
  ['policy', ['ip', '-j', 'rule'], elements],
  ['qdiscs', ['tc', '-j', 'qdisc'], elements],
  ['iptables', ['iptables-save'], iptables],
  ['ip6tables', ['ip6tables-save'], iptables],
  ['nftables', ['nft', '-j', '-s', 'list', 'ruleset'], nftables],
  // Some cannot be read, which grep ends with an error for.
  ['sysctls', ['grep', '-rsH', '', '/proc/sys/net'], sysctls],
]

/** `/run` and `/var/lib` are empty on a node that has just started, and its own. */
async function files(node: Node): Promise<string[]> {
  const paths = await node.sh('find /run /var/lib -path "/run/netns/*" -prune -o -print')
  const texts = await node.sh('grep -rs --exclude-dir=netns "" /run /var/lib || true')
  return [...lines(paths), ...lines(texts)].sort()
}

function lines(out: string): string[] {
  return out.split('\n').filter((line) => line !== '')
}

function elements(out: string): string[] {
  const list = JSON.parse(out === '' ? '[]' : out) as readonly unknown[]
  // A bridge and its ports have timers that run.
  const fixed = (key: string, value: unknown) => (key.endsWith('_timer') ? undefined : value)
  return list.map((element) => JSON.stringify(element, fixed)).sort()
}

/** Rules and chains; not the packets a chain has counted, nor the built-in chains as they come. */
function iptables(out: string): string[] {
  const [tables, tableOf] = [lines(out), { now: '' }]
  return tables.flatMap((line) => {
    if (line.startsWith('*')) tableOf.now = line.slice(1)
    if (!/^[:-]/.test(line) || / ACCEPT \[/.test(line)) return []
    return [`${tableOf.now} ${line.replace(/ \[\d+:\d+\]$/, '')}`]
  })
}

/** Rules and chains of all tables but those that iptables keeps in there. */
function nftables(out: string): string[] {
  const { nftables: objects } = JSON.parse(out) as { nftables: readonly NftObject[] }
  return objects.flatMap(({ rule, chain }) => {
    const { family, table, handle: _handle, ...rest } = rule ?? chain ?? {}
    if (table === undefined || ['filter', 'nat'].includes(table)) return []
    return [`${family} ${table} ${rule === undefined ? 'chain' : 'rule'} ${JSON.stringify(rest)}`]
  })
}

interface NftObject {
  readonly rule?: NftOwned
  readonly chain?: NftOwned
}

interface NftOwned {
  readonly family?: string
  readonly table?: string
  readonly handle?: number
}

/** Not what the kernel counts or draws by itself. */
function sysctls(out: string): string[] {
  return lines(out).filter(
    (line) => !/conntrack_count|dev_weight|random|\/netdev_rss_key/.test(line),
  )
}
