import { readFileSync, rmSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connectCri, type CriClient } from '@fairlead/cri'
import { debianContainerd } from '../../e2e/debian.ts'
import { NODE_DIR, startTrialNode } from '../../packages/fairlead/src/lab/node/trial-node.ts'
import { PluginBinaries } from '../../packages/fairlead/src/lab/plugins/plugin-binaries.ts'
import { PluginHost } from '../../packages/fairlead/src/lab/plugins/plugin-host.ts'
import { pluginScript } from '../../packages/fairlead/src/lab/plugins/plugin-script.ts'
import { endpointRole, loopbackRole } from '../../packages/fairlead/src/lab/plugins/roles.ts'
import { GUARDED_CONF_DIR } from '../../packages/fairlead/src/lab/runtimes/guard.ts'
import { prepareRuntime } from '../../packages/fairlead/src/lab/runtimes/prepare.ts'
import { systemClock as clock } from '../../packages/fairlead/src/ports.ts'
import { type ProcessId, processesOf } from '../../packages/fairlead/src/procfs.ts'

/** A config as an installer has it. */
export interface ConfFile {
  readonly file: string
  readonly text: string
}

/** A containerd with the agent in front, in a node of its own, and the plugins that it runs. */
export interface GuardedNode extends AsyncDisposable {
  readonly version: string
  readonly host: PluginHost
  readonly cri: CriClient
  readonly agent: ProcessId
  readonly agentLog: string
  /** Where installers write, and what the runtime loads. */
  readonly sourceDir: string
  readonly publishedDir: string
  /** An installer writes a file, whole. */
  readonly put: (file: ConfFile) => Promise<void>
  readonly counts: () => Counts
  /** Ends the runtime. */
  readonly stop: () => Promise<void>
}

/** What the agent has done, and what the runtime has loaded for it. */
export interface Counts {
  readonly publications: number
  /** One for each publication, or for each file that goes; and those that were made to load again. */
  readonly asked: number
  readonly loads: number
  readonly repairs: number
  readonly failures: number
}

/** Starts one of a Debian suite with these plugins and configs; its logs are in `out`. */
export async function startGuardedNode(
  suite: string,
  out: string,
  { plugins, files }: { readonly plugins: readonly string[]; readonly files: readonly ConfFile[] },
): Promise<GuardedNode> {
  await using started = new AsyncDisposableStack()
  const logFile = path.join(out, 'containerd.log')
  const agentLog = path.join(out, 'containerd.agent.log')
  for (const file of [logFile, agentLog]) rmSync(file, { force: true })
  const install = await debianContainerd(suite)
  const node = started.use(await startTrialNode(clock))
  const prepared = await prepareRuntime({ ...install, guarded: true }, node)
  const hostDir = `${NODE_DIR}/plugins`
  const script = { kind: 'script', text: pluginScript(hostDir) } as const
  await PluginBinaries.install(
    prepared.binDir.outside,
    new Map(plugins.map((type) => [type, script])),
  )
  const host = started.use(
    await PluginHost.start({
      outsideDir: node.outside(hostDir),
      roles: new Map(
        plugins.map((type) => [type, type === 'loopback' ? loopbackRole() : endpointRole()]),
      ),
      observer: { begin: () => {}, end: () => {}, fault: () => {} },
      clock,
    }),
  )
  const sourceDir = prepared.confDir.outside
  const put = async ({ file, text }: ConfFile) => {
    const target = path.join(sourceDir, file)
    await writeFile(`${target}.tmp`, text)
    await rename(`${target}.tmp`, target)
  }
  for (const file of files) await put(file)
  const { signal } = new AbortController()
  const runtime = prepared.start({ logFile, clock, signal })
  await runtime.serving
  const cri = started.use(connectCri(prepared.socket.outside))
  const agents = await processesOf([process.execPath])
  const agent = agents.find(
    ({ rest }) => rest[1] === 'agent' && rest.at(-1)?.endsWith('agent.yaml') === true,
  )
  if (agent === undefined) throw new Error('there is no agent')
  const all = started.move()
  return {
    version: install.version.text,
    host,
    cri,
    agent: agent.process,
    agentLog,
    sourceDir,
    publishedDir: node.outside(GUARDED_CONF_DIR),
    put,
    counts: () => countsOf(agentLog, logFile),
    stop: () => runtime.stop(),
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  }
}

/** From the logs. */
function countsOf(agentLog: string, logFile: string): Counts {
  const lines = readFileSync(agentLog, 'utf8').split('\n')
  const publications = lines.filter((line) => line.startsWith('published: '))
  const removals = publications.flatMap((line) => line.split(';')[0]?.match(/ goes\b/g) ?? [])
  const withRemovals = publications.filter((line) => / goes\b/.test(line.split(';')[0] ?? ''))
  const kicks = lines.filter((line) => line.startsWith('made to load once more: '))
  return {
    publications: publications.length,
    asked: publications.length - withRemovals.length + removals.length + kicks.length,
    loads: readFileSync(logFile, 'utf8').match(/receiving change event/g)?.length ?? 0,
    repairs: lines.filter((line) => line.startsWith('ending plugins: ')).length,
    failures: lines.filter((line) => / failed, and is tried again: /.test(line)).length,
  }
}
