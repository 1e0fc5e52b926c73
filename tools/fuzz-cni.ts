// Feeds the parsers of @fairlead/cni with texts that were JSON once. Each has to come to an outcome, a
// value or an error with a name, in less than a second; what it accepts it must accept again in the
// form it writes itself.
//
//   npm run fuzz -- [count] [seed]
import { parseArgs } from 'node:util'
import {
  type CniOutcome,
  formatResult,
  isCniError,
  parseNetworkConfigList,
  parsePluginConfig,
  parseResult,
  pluginParameters,
  SPEC_VERSIONS,
} from '@fairlead/cni'
import { parseEntry } from '../packages/cni/src/attachment.ts'
import { requestConfig } from '../packages/cni/src/config/request-config.ts'
import { canonicalCidr, canonicalIp } from '../packages/cni/src/result/ip.ts'
import { parseVersionInfo } from '../packages/cni/src/version-info.ts'

const SLOW_MS = 1000

const result = {
  cniVersion: '1.1.0',
  interfaces: [{ name: 'eth0', mac: '00:11:22:33:44:55', mtu: 1500, sandbox: '/run/netns/a' }],
  ips: [{ address: '10.1.0.5/16', gateway: '10.1.0.1', interface: 0 }, { address: 'fd00::5/64' }],
  routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1', table: 0, scope: 253 }, { dst: '::/0' }],
  dns: { nameservers: ['10.1.0.1'], domain: 'x', search: ['y'], options: ['ndots:5'] },
}
const list = {
  cniVersion: '1.0.0',
  cniVersions: ['0.4.0', '1.1.0'],
  name: 'dbnet',
  disableCheck: 'true',
  disableGC: false,
  loadOnlyInlinedPlugins: true,
  plugins: [
    { type: 'bridge', ipam: { type: 'host-local', subnet: '10.1.0.0/16' }, dns: result.dns },
    { Type: 'portmap', capabilities: { portMappings: true, mac: false }, prevResult: null },
  ],
}
const SEEDS: readonly string[] = [
  JSON.stringify(list),
  JSON.stringify(list, null, 2),
  JSON.stringify(list.plugins[0]),
  '{"name":"n","type":"x","big":12345678901234567890,"escaped":"\\u003c\\ud83d\\ude00\\n"}',
  JSON.stringify(result),
  '{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/24","gateway":"10.0.0.1","routes":[{"dst":"0.0.0.0/0"}]},"ip6":{"ip":"fd00::2/64"},"dns":{}}',
  '{"cniVersion":"0.4.0","ips":[{"version":"4","address":"::ffff:10.0.0.2/120","interface":1}]}',
  JSON.stringify({
    kind: 'cniCacheV1',
    containerId: 'c',
    config: Buffer.from(JSON.stringify(list)).toString('base64'),
    ifName: 'eth0',
    networkName: 'dbnet',
    netns: '/run/netns/a',
    cniArgs: [['K', 'V']],
    capabilityArgs: { mac: '00:11' },
    result,
  }),
  '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}',
  'IgnoreUnknown=1;K8S_POD_NAME=web-0',
  '2001:db8::1/64',
]
const TOKENS: readonly string[] = [
  ...Array.from('{}[]:,"\\0-.eE+/%\0\uFEFF\u2028𝒳'),
  'null',
  'true',
  '1e999',
  '-0',
  '""',
  '[]',
  '{}',
  '"name"',
  '"type"',
  '"\\ud800"',
  '"__proto__":',
  '['.repeat(2000),
  '{"a":'.repeat(2000),
  'x'.repeat(5000),
  '9'.repeat(400),
]

/** A small generator of numbers that the seed decides (mulberry32). */
function numbersOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function mutated(pick: (below: number) => number): string {
  const one = <T>(choices: readonly T[]): T => {
    const chosen = choices[pick(choices.length)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }
  let text = one(SEEDS)
  for (let edits = pick(6); edits > 0; edits -= 1) {
    const at = pick(text.length + 1)
    const end = Math.min(text.length, at + pick(12))
    const other = one(SEEDS)
    text = one([
      () => text.slice(0, at) + one(TOKENS) + text.slice(at),
      () => text.slice(0, at) + text.slice(end),
      () => text.slice(0, end) + text.slice(at),
      () => text.slice(0, at) + other.slice(pick(other.length)),
      () => text.slice(0, at) + String.fromCharCode(pick(0x1_00_00)) + text.slice(end),
      () => text.slice(0, at),
    ])()
  }
  return text
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** The value, where there is one; an error has to have a name and a text. */
function named<T>(outcome: CniOutcome<T>): T | undefined {
  if (outcome.ok) return outcome.value
  demand(isCniError(outcome.error) && outcome.error.message !== '', 'an error without a name')
  return undefined
}

function feed(text: string): boolean {
  const plugins = named(parseNetworkConfigList(text))?.plugins ?? []
  const plugin = named(parsePluginConfig(text))
  for (const config of plugin === undefined ? plugins : [...plugins, plugin]) {
    const set = { name: '"n"', prevResult: '{"a":1}' }
    const stdin = requestConfig(config, { remove: ['capabilities'], set })
    const again = named(parsePluginConfig(stdin))
    demand(again?.type === config.type && again.name === 'n', 'a request configuration is broken')
  }
  const parsed = named(parseResult(text, '1.1.0'))
  if (parsed !== undefined) {
    for (const version of SPEC_VERSIONS) {
      const form = named(formatResult(parsed, version))
      const back = form === undefined ? undefined : named(parseResult(JSON.stringify(form)))
      demand(form === undefined || back?.cniVersion === version, `no way back from ${version}`)
    }
  }
  const entry = parseEntry(text, 0)
  named(parseVersionInfo({ ok: true, value: { stdout: text, stderr: '' } }, 'x'))
  pluginParameters({ CNI_COMMAND: 'ADD', CNI_ARGS: text, CNI_PATH: text })
  for (const canonical of [canonicalCidr, canonicalIp]) {
    const once = canonical(text)
    demand(once === undefined || canonical(once) === once, 'an address has two canonical spellings')
  }
  return plugin !== undefined || plugins.length > 0 || parsed !== undefined || entry !== undefined
}

const { positionals } = parseArgs({ allowPositionals: true })
const count = Number(positionals[0] ?? 1_000_000)
const seed = Number(positionals[1] ?? process.hrtime.bigint() % 1_000_000_000n)
const pick = numbersOf(seed)
let accepted = 0
let slowestMs = 0
const startMs = performance.now()
for (let index = 0; index < count; index += 1) {
  const text = mutated(pick)
  const beganMs = performance.now()
  try {
    if (feed(text)) accepted += 1
    const tookMs = performance.now() - beganMs
    slowestMs = Math.max(slowestMs, tookMs)
    demand(tookMs < SLOW_MS, `it took ${tookMs.toFixed(0)} ms`)
  } catch (error) {
    throw new Error(`input ${index} of seed ${seed}: ${JSON.stringify(text)}`, { cause: error })
  }
}
const seconds = (performance.now() - startMs) / 1000
process.stdout.write(
  `${count} inputs of seed ${seed}: ${accepted} accepted, ${count - accepted} refused by name; ` +
    `${seconds.toFixed(1)} s, the slowest ${slowestMs.toFixed(1)} ms\n`,
)
