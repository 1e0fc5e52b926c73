import path from 'node:path'
import { withString } from '../../../packages/fairlead/src/agent/install/toml-edit.ts'
import { lint } from '../../../packages/fairlead/src/lint/lint.ts'
import { readConf } from '../../../packages/fairlead/src/lint/libcni-conf.ts'
import { mkdirSync } from 'node:fs'
import { scratchDir, scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, json, text, toml, unlessRefused } from '../target.ts'

const CONTAINERD = `version = 2
imports = ["conf.d/*.toml"]
disabled_plugins = ["io.containerd.internal.v1.restart"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.9"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin" # plugins
    conf_dir = "/etc/cni/net.d"
    max_conf_num = 1
    conf_template = ""
    ip_pref = "cidr"
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/opt/cni/bin"]
  use_internal_loopback = true
`
const LIST = {
  cniVersion: '1.1.0',
  cniVersions: ['1.0.0', '1.1.0'],
  name: 'cilium',
  disableGC: true,
  plugins: [
    { type: 'cilium-cni', 'enable-debug': false, ipam: { type: 'host-local' } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
}
const MULTUS = {
  cniVersion: '0.3.1',
  name: 'multus',
  type: 'multus',
  kubeconfig: '/etc/cni/net.d/multus.d/multus.kubeconfig',
  delegates: [LIST],
}
const RUNTIMES = [
  'containerd@1.6.20',
  'containerd@2.0.1',
  'containerd@2.3.4',
  'crio@1.32.1',
  'fairlead',
]
const { signal } = new AbortController()

/** Lints a conf dir, or a config of containerd, as each runtime would load it. */
async function feedLint(request: { readonly dir: string; readonly containerdConfig?: string }) {
  const runtimes = RUNTIMES.filter(
    (name) => request.containerdConfig === undefined || name.startsWith('containerd'),
  )
  let loaded = false
  for (const runtime of runtimes) {
    const report = await unlessRefused(['FL_USAGE'], () =>
      lint({ ...request, runtime, binaries: false }, { env: {}, signal, advisories: new Map() }),
    )
    const config = report?.containerdConfig?.state ?? 'runs'
    if (report?.outcome.load.state === 'ok' && config === 'runs') loaded = true
  }
  return loaded
}

export function lintTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'lint-conf-dir',
      reads: 'network configurations, as the libcni of each runtime reads them',
      covers: [
        'packages/fairlead/src/lint/libcni-conf.ts',
        'packages/fairlead/src/lint/rules/meta.ts',
      ],
      samples: [json(LIST), json(MULTUS), json(LIST.plugins[0]), text('{"name":"x","type":"y"}')],
      cost: 4,
      feed: async (input) => {
        for (const libcni of ['1.1', '1.2', '1.3'] as const) readConf('a.conf', input, libcni)
        const dir = path.join(scratchDir(), 'net.d')
        mkdirSync(path.join(dir, 'cilium'), { recursive: true })
        scratchFile('net.d/10-a.conflist', input)
        scratchFile('net.d/20-b.conf', input)
        scratchFile('net.d/cilium/30-c.conf', input)
        return feedLint({ dir })
      },
    },
    {
      name: 'containerd-config',
      reads: "containerd's config and its imports",
      covers: ['packages/fairlead/src/lint/containerd-config/read-config.ts'],
      samples: [toml(CONTAINERD), toml(CONTAINERD.replace('version = 2', 'version = 3'))],
      cost: 4,
      feed: (input) => {
        const dir = path.join(scratchDir(), 'net.d')
        mkdirSync(dir, { recursive: true })
        scratchFile('net.d/10-a.conflist', JSON.stringify(LIST))
        return feedLint({ dir, containerdConfig: scratchFile('config.toml', input) })
      },
    },
    {
      name: 'toml-edit',
      reads: "containerd's config, to set a value in it",
      covers: ['packages/fairlead/src/agent/install/toml-edit.ts'],
      samples: [toml(CONTAINERD), text(CONTAINERD)],
      feed: (input) => {
        const keys = ['plugins', 'io.containerd.grpc.v1.cri', 'cni', 'conf_dir'] as const
        const changed = withString(input.toString(), keys, '/run/fairlead/net.d')
        if (changed === undefined) return false
        demand(
          withString(changed, keys, '/run/fairlead/net.d') === changed,
          'set twice is not as once',
        )
        return true
      },
    },
  ]
}
