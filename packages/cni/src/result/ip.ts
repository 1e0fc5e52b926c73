import { isIPv4, isIPv6 } from 'node:net'

/** An address as results have it, in its one canonical spelling; undefined if `text` is none. */
export function canonicalIp(text: string): string | undefined {
  if (isIPv4(text)) return text
  const groups = parseIPv6(text)
  if (groups === undefined) return undefined
  return mappedIPv4(groups) ?? formatIPv6(groups)
}

/** `address/length` in its one canonical spelling (Go's net.ParseCIDR and String); undefined if none. */
export function canonicalCidr(text: string): string | undefined {
  const slash = text.indexOf('/')
  if (slash === -1) return undefined
  const [address, length] = [text.slice(0, slash), text.slice(slash + 1)]
  if (!/^\d+$/.test(length)) return undefined
  const bits = Number(length)
  if (isIPv4(address)) return bits <= 32 ? `${address}/${bits}` : undefined
  const groups = parseIPv6(address)
  if (groups === undefined || bits > 128) return undefined
  const mapped = mappedIPv4(groups)
  return mapped === undefined
    ? `${formatIPv6(groups)}/${bits}`
    : `${mapped}/${Math.max(0, bits - 96)}`
}

/** Whether a canonical address or CIDR is an IPv4 one. */
export function isCanonicalIPv4(text: string): boolean {
  return !text.includes(':')
}

type Groups = readonly number[]

function parseIPv6(text: string): Groups | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined
  const hex = text.replace(/\d+\.\d+\.\d+\.\d+$/, (ipv4) => {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = hex.split('::')
  const front = groupsOf(head)
  const back = groupsOf(tail ?? '')
  const gap = tail === undefined ? 0 : 8 - front.length - back.length
  return [...front, ...Array.from({ length: gap }, () => 0), ...back]
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function mappedIPv4(groups: Groups): string | undefined {
  const [high = 0, low = 0] = groups.slice(6)
  if (groups[5] !== 0xff_ff || groups.slice(0, 5).some((group) => group !== 0)) return undefined
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
function formatIPv6(groups: Groups): string {
  const run = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

function longestZeroRun(groups: Groups): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start }
  }
  return longest
}
