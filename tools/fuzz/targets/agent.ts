import path from 'node:path'
import { mkdirSync } from 'node:fs'
import { readAgentReport } from '../../../packages/fairlead/src/agent-report.ts'
import { loadAgentConfig } from '../../../packages/fairlead/src/agent/config.ts'
import { publishedAt, repairsAt } from '../../../packages/fairlead/src/agent/memory.ts'
import { installedPaths } from '../../../packages/fairlead/src/agent/install/installation.ts'
import { nodeFilesAt } from '../../../packages/fairlead/src/agent/install/node-files.ts'
import { readConfigs } from '../../../packages/fairlead/src/agent/published-dir.ts'
import { openStore } from '../../../packages/fairlead/src/runtime/store.ts'
import { liveNetworks } from '../../../packages/fairlead/src/ui/live-networks.ts'
import {
  confDirInForce,
  loadedNetworks,
  networksInForce,
} from '../../../packages/fairlead/src/verbose-info.ts'
import { scratchDir, scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, json, unlessRefused, yaml } from '../target.ts'

const CONFIG = `sourceDirs: [/etc/cni/net.d]
confDir: /run/fairlead/net.d
binDirs: [/opt/cni/bin]
publish: {settle: 500ms, steadyFor: 10s, primary: cilium, atBoot: last-good}
watchdog: {every: 2s, deadlock: restart, restart: [systemctl, restart, containerd]}
http: {address: "127.0.0.1:9809"}
evidence: {log: journal, mebibytes: 64}
kubernetes: {minHealthy: "90%", recreatePods: owned, probe: {every: 30s}}
`
const CONF = '{"cniVersion":"1.0.0","name":"a","plugins":[{"type":"x"}]}'
const SANDBOX = {
  kind: 'fairlead.runtime.sandbox',
  version: 1,
  id: 'a'.repeat(64),
  state: 'ready',
  createdAt: '1763953200000000000',
  metadata: { name: 'n', namespace: 'ns', uid: 'u', attempt: 0 },
  labels: {},
  annotations: {},
  runtimeHandler: '',
  hostNetwork: false,
  netns: 'fairlead-aaaa',
  hostname: 'h',
  hostIpc: false,
  dns: { servers: [], searches: [], options: [] },
  portMappings: [{ hostPort: 80, containerPort: 80, protocol: 'tcp', hostIP: '' }],
  ips: ['10.0.0.1'],
}

export function agentTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'agent-config',
      reads: "the agent's config",
      covers: ['packages/fairlead/src/agent/config.ts'],
      samples: [yaml(CONFIG)],
      cost: 8,
      feed: async (input) => {
        const file = scratchFile('agent.yaml', input)
        return (await unlessRefused(['FL_AGENT_CONFIG'], () => loadAgentConfig(file))) !== undefined
      },
    },
    {
      name: 'agent-state',
      reads: 'what an agent keeps: what it published, its repairs, its status, what it installed',
      covers: [
        'packages/fairlead/src/agent-report.ts',
        'packages/fairlead/src/agent/memory.ts',
        'packages/fairlead/src/agent/install/installation.ts',
      ],
      samples: [
        json({
          kind: 'fairlead.dev/agent-published',
          version: 1,
          files: { '10-a.conflist': CONF },
          change: {
            what: 'w',
            before: { '10-a.conflist': CONF },
            wasReady: true,
            withdraws: { what: 'x', reason: 'r' },
          },
          quarantine: { '20-b.conf': { text: 't', reason: 'r' } },
        }),
        json({
          kind: 'fairlead.dev/agent-repairs',
          version: 1,
          repairs: [{ at: '2025-11-25T04:00:21Z', kind: 'restart', why: 'w' }],
        }),
        json({
          kind: 'fairlead.dev/agent-status',
          version: 1,
          at: 'x',
          runtime: { state: 'ready', text: 't' },
          published: ['a'],
          waiting: [{ network: 'n', reason: 'r' }],
          quarantined: [],
          repairs: [],
        }),
        json({
          kind: 'fairlead.dev/agent-install',
          version: 1,
          changes: [
            { path: '/etc/x', original: { kind: 'absent' }, installed: { kind: 'absent' } },
          ],
        }),
      ],
      cost: 2,
      feed: async (input) => {
        mkdirSync(path.join(scratchDir(), 'var/lib/fairlead/install'), { recursive: true })
        const file = scratchFile('var/lib/fairlead/install/changes.json', input)
        const published = await unlessRefused(['FL_AGENT_STATE'], () => publishedAt(file).read())
        const repairs = await unlessRefused(['FL_AGENT_STATE'], () => repairsAt(file).read())
        const report = await unlessRefused(['FL_AGENT_STATUS'], () => readAgentReport(file))
        const installed = await unlessRefused(['FL_INSTALL'], () =>
          installedPaths(nodeFilesAt(scratchDir())),
        )
        for (const name of published?.files.keys() ?? []) {
          demand(path.basename(name) === name, `it would publish ${name}`)
        }
        return [published, repairs, report, installed].some((read) => read !== undefined)
      },
    },
    {
      name: 'agent-conf-dir',
      reads: "the runtime's conf dir, whoever writes there, and what a runtime says of it",
      covers: [
        'packages/fairlead/src/verbose-info.ts',
        'packages/fairlead/src/ui/live-networks.ts',
      ],
      samples: [
        json({
          PluginDirs: ['/opt/cni/bin'],
          PluginConfDir: '/etc/cni/net.d',
          Prefix: 'eth',
          Networks: [
            { Config: { Name: 'cilium', CNIVersion: '1.0.0', Source: CONF }, IFName: 'eth0' },
          ],
        }),
        json({ networks: [{ name: 'cilium', state: 'ready', reason: 'r' }] }),
      ],
      feed: async (input) => {
        mkdirSync(path.join(scratchDir(), 'published'), { recursive: true })
        scratchFile('published/10-a.conf', input)
        await readConfigs(path.join(scratchDir(), 'published'))
        const words = input.toString()
        networksInForce(words)
        confDirInForce(words)
        liveNetworks({ cniconfig: words, networks: words })
        return loadedNetworks(words) !== undefined
      },
    },
    {
      name: 'runtime-sandboxes',
      reads: 'the sandboxes that an earlier run of the embedded runtime has kept',
      covers: [
        'packages/fairlead/src/runtime/store.ts',
        'packages/fairlead/src/runtime/sandbox.ts',
      ],
      samples: [json(SANDBOX)],
      feed: async (input) => {
        const dir = path.join(scratchDir(), 'sandboxes')
        mkdirSync(dir, { recursive: true })
        scratchFile(`sandboxes/${SANDBOX.id}.json`, input)
        const [record] = (await openStore(dir)).all()
        if (record === undefined) return false
        // What a list of sandboxes makes of it, and where it is written and removed.
        BigInt(record.createdAt)
        demand(record.id === SANDBOX.id, `its file would be ${record.id}.json`)
        demand(Number.isInteger(record.metadata.attempt), 'an attempt that gRPC has no number for')
        return true
      },
    },
  ]
}
