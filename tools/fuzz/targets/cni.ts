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
import { dependenceOf } from '@fairlead/networks'
import { parseEntry } from '../../../packages/cni/src/attachment.ts'
import { requestConfig } from '../../../packages/cni/src/config/request-config.ts'
import { outcomeOf } from '../../../packages/cni/src/exec/plugin-outcome.ts'
import { canonicalCidr, canonicalIp } from '../../../packages/cni/src/result/ip.ts'
import { parseVersionInfo } from '../../../packages/cni/src/version-info.ts'
import { reservationDirsOf } from '../../../packages/networks/src/node-state.ts'
import { demand, type FuzzTarget, json, text } from '../target.ts'

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
const meta = {
  cniVersion: '0.3.1',
  name: 'multus-cni-network',
  type: 'multus-shim',
  clusterNetwork: '/host/etc/cni/net.d/05-cilium.conflist',
  readinessindicatorfile: '/host/etc/cni/net.d/05-cilium.conflist',
  delegates: [{ type: 'cilium-cni', name: 'cilium' }],
  daemonConfig: { socketDir: '/run/multus' },
}

const { signal } = new AbortController()

/** The value, where there is one; an error has to have a name and a text. */
function named<T>(outcome: CniOutcome<T>): T | undefined {
  if (outcome.ok) return outcome.value
  demand(isCniError(outcome.error) && outcome.error.message !== '', 'an error without a name')
  return undefined
}

/** Configs as installers write them: what a plugin gets of them can be read again and says the same. */
function feedConfig(input: Buffer): boolean {
  const source = input.toString()
  const parsed = named(parseNetworkConfigList(source))
  const plugin = named(parsePluginConfig(source))
  const plugins = [...(parsed?.plugins ?? []), ...(plugin === undefined ? [] : [plugin])]
  for (const config of plugins) {
    const set = { name: '"n"', prevResult: '{"a":1}' }
    const stdin = requestConfig(config, { remove: ['capabilities'], set })
    const again = named(parsePluginConfig(stdin))
    demand(again?.type === config.type && again.name === 'n', 'a request configuration is broken')
  }
  if (parsed !== undefined) {
    dependenceOf(parsed)
    reservationDirsOf(parsed)
  }
  return plugins.length > 0
}

/** What plugins print: a result that is accepted has a form in every version, which is accepted, too. */
function feedOutput(input: Buffer): boolean {
  const stdout = input.toString()
  const parsed = named(parseResult(stdout, '1.1.0'))
  if (parsed !== undefined) {
    for (const version of SPEC_VERSIONS) {
      const form = named(formatResult(parsed, version))
      const back = form === undefined ? undefined : named(parseResult(JSON.stringify(form)))
      demand(form === undefined || back?.cniVersion === version, `no way back from ${version}`)
    }
  }
  named(parseVersionInfo({ ok: true, value: { stdout, stderr: '' } }, 'x'))
  const execution = {
    plugin: 'x',
    verb: 'ADD' as const,
    path: '/opt/cni/bin/x',
    stdin: '',
    env: {},
    timeoutMs: 1000,
    killGraceMs: 100,
    signal,
  }
  for (const exitCode of [0, 1]) {
    const how = { kind: 'exited', exitCode } as const
    named(outcomeOf({ how, stdout, stderr: stdout }, execution, 1024))
  }
  for (const canonical of [canonicalCidr, canonicalIp]) {
    const once = canonical(stdout)
    demand(once === undefined || canonical(once) === once, 'an address has two canonical spellings')
  }
  return parsed !== undefined
}

export function cniTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'cni-config',
      reads: 'network configurations of installers',
      covers: [
        'packages/cni/src/config/config-reader.ts',
        'packages/cni/src/config/json.ts',
        'packages/cni/src/config/network-config.ts',
        'packages/cni/src/config/request-config.ts',
        'packages/networks/src/dependence.ts',
        'packages/networks/src/node-state.ts',
      ],
      samples: [
        json(list),
        json(meta),
        json(list.plugins[0]),
        text(JSON.stringify(list)),
        text(
          '{"name":"n","type":"x","big":12345678901234567890,"escaped":"\\u003c\\ud83d\\ude00\\n"}',
        ),
      ],
      cost: 0.1,
      feed: feedConfig,
    },
    {
      name: 'cni-output',
      reads: 'what plugins print: results of every version, errors, versions, addresses',
      covers: [
        'packages/cni/src/exec/plugin-outcome.ts',
        'packages/cni/src/result/parse-result.ts',
        'packages/cni/src/result/value-reader.ts',
        'packages/cni/src/version-info.ts',
      ],
      samples: [
        json(result),
        json({
          cniVersion: '0.2.0',
          ip4: { ip: '10.0.0.2/24', routes: [{ dst: '0.0.0.0/0' }] },
          dns: {},
        }),
        json({
          cniVersion: '0.4.0',
          ips: [{ version: '4', address: '::ffff:10.0.0.2/120', interface: 1 }],
        }),
        json({ cniVersion: '1.0.0', supportedVersions: ['0.4.0', '1.0.0'] }),
        json({ cniVersion: '1.0.0', code: 11, msg: 'try again', details: 'later' }),
        text('2001:db8::1/64'),
      ],
      cost: 0.1,
      feed: feedOutput,
    },
    {
      name: 'cni-cache',
      reads: "attachments in libcni's cache, of whatever runtime",
      covers: ['packages/cni/src/attachment.ts'],
      samples: [
        json({
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
      ],
      cost: 0.2,
      feed: (input) => parseEntry(input.toString(), 0) !== undefined,
    },
    {
      name: 'cni-parameters',
      reads: 'the environment that a plugin is started with',
      covers: ['packages/cni/src/protocol.ts'],
      samples: [text('IgnoreUnknown=1;K8S_POD_NAME=web-0'), text('/opt/cni/bin:/usr/lib/cni')],
      feed: (input) => {
        const words = input.toString()
        const read = pluginParameters({ CNI_COMMAND: 'ADD', CNI_ARGS: words, CNI_PATH: words })
        return read !== undefined
      },
    },
  ]
}
