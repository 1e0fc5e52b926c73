import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type CriServer, serveCri } from '../../packages/cri/src/index.ts'
import { type AgentReport, writeAgentReport } from '../../packages/fairlead/src/agent-report.ts'
import { BIN } from '../support.ts'

const CONDITIONS = ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true }))

const NETWORKS = [
  {
    file: '05-cilium.conflist',
    list: {
      cniVersion: '1.0.0',
      name: 'cilium',
      plugins: [{ type: 'cilium-cni' }, { type: 'portmap' }],
    },
  },
  {
    file: '00-multus.conf',
    list: { cniVersion: '1.0.0', name: 'multus-cni-network', plugins: [{ type: 'multus-shim' }] },
  },
]

/** A runtime that says it is Ready, with its conf dir; each Status is answered when `held` lets it. */
export async function serveRuntime(
  folder: string,
  socket: string,
  held: () => Promise<void> | undefined,
): Promise<CriServer> {
  const confDir = path.join(folder, 'net.d')
  await mkdir(confDir)
  for (const { file, list } of NETWORKS) {
    await writeFile(path.join(confDir, file), JSON.stringify(list))
  }
  return serveCri(socket, {
    runtime: {
      version: () => ({ runtimeName: 'containerd', runtimeVersion: 'v2.0.1' }),
      listPodSandbox: () => ({ items: [] }),
      status: async ({ verbose }) => {
        await held()
        return { status: { conditions: CONDITIONS }, info: verbose ? info(confDir) : {} }
      },
    },
    image: {},
  })
}

/** As containerd tells it. */
function info(confDir: string): Record<string, string> {
  const networks = NETWORKS.map(({ list }) => ({
    Config: { Name: list.name, Source: JSON.stringify(list) },
  }))
  return {
    lastCNILoadStatus: 'OK',
    cniconfig: JSON.stringify({ PluginConfDir: confDir, Networks: networks }),
  }
}

const AGENT: Omit<AgentReport, 'at' | 'runtime'> = {
  kind: 'fairlead.dev/agent-status',
  version: 1,
  published: ['05-cilium.conflist'],
  waiting: [{ network: 'multus-cni-network', reason: 'the runtime has not been Ready for long' }],
  quarantined: [],
  repairs: [],
  latePods: [{ namespace: 'shop', name: 'db-0', missing: ['storage'] }],
}

/** Writes what an agent that runs now says of the runtime. */
export async function writeAgent(folder: string, runtime: AgentReport['runtime']): Promise<void> {
  const report = { ...AGENT, at: new Date().toISOString(), runtime }
  await writeAgentReport(path.join(folder, 'agent.json'), report)
}

/** The CLI where no process is but its own and those that are put there: it looks at all that there are. */
export function startAlone(args: readonly string[]) {
  const alone = ['--pid', '--fork', '--kill-child', '--mount-proc']
  const child = spawn('unshare', [...alone, process.execPath, BIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let written = ''
  child.stdout.on('data', (chunk: Buffer) => {
    written += chunk.toString()
  })
  const children = `/proc/${child.pid}/task/${child.pid}/children`
  /** Of the CLI, as this process sees it; 0 when it has ended. */
  const pid = () => (existsSync(children) ? Number(readFileSync(children, 'latin1')) : 0)
  return {
    written: () => written,
    pid,
    stop: () => {
      if (pid() !== 0) process.kill(pid(), 'SIGTERM')
    },
    ended: once(child, 'close').then(([code]: readonly unknown[]) => code),
  }
}

/** A process as a runtime starts one for a plugin, beside another; returns how to end it. */
export async function hangingPlugin(folder: string, beside: number): Promise<() => void> {
  const file = path.join(folder, 'bridge')
  await copyFile('/bin/sleep', file)
  const args = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0'
  const env = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c0ffee', CNI_ARGS: args }
  const { pid = 0 } = spawn('/usr/bin/nsenter', ['--pid', '--target', `${beside}`, file, '600'], {
    env,
    stdio: 'ignore',
    detached: true,
  })
  return () => {
    process.kill(-pid, 'SIGKILL')
  }
}
