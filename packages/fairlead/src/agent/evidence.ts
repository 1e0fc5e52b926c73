import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { CriClient } from '@fairlead/cri'
import { type KeptFact, keptEvidenceText } from '../doctor/kept-evidence.ts'
import { versionSaid } from '../doctor/node/cri-facts.ts'
import { dumpGoroutines } from '../doctor/node/live-dump.ts'
import { lastChangeOf } from '../lint/look-at-folders.ts'
import { pluginFacts } from '../doctor/node/plugin-facts.ts'
import { type NodeProcess, type Processes, readProcesses } from '../node-processes.ts'
import { runtimeProcessOf } from '../doctor/node/runtime-process.ts'
import { messageOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import type { Clock } from '../ports.ts'
import type { AgentConfig } from './config.ts'
import { dropOldEvidence, makeEvidenceFolder } from './evidence-folder.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import { lastLogLines } from './runtime-log.ts'

/** What is known at a moment, before anything is done about it. */
export interface Moment {
  readonly at: Date
  readonly why: string
  /** The runtime's state in a sentence; its Status is silent. */
  readonly state: string
  readonly plugins: readonly PluginProcess[]
}

interface World {
  readonly cri: Pick<CriClient, 'version'>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Each of what the runtime is asked for; what hangs is not left alone for longer than that. */
const TIMEOUT_MS = 3_000
const DUMP_BYTES_MAX = 8 * 1024 * 1024
const PROC = '/proc'

/**
 * Keeps what is known before something is done: facts as `fairlead doctor` would see them now, the last lines
 * of the runtime's log, its goroutines, the processes of plugins and what the conf dirs hold; in a folder of
 * its own, which the doctor reads. The oldest folders go when there are too many, or they are too large.
 * The path of the folder.
 */
export async function keepEvidence(
  { stateDir, socket, confDir, sourceDirs, evidence: policy }: AgentConfig,
  moment: Moment,
  world: World,
): Promise<string> {
  const dir = path.join(stateDir, 'evidence')
  await makeDir(dir)
  const bytesMax = policy.mebibytes * 1024 * 1024
  const processes = readProcesses(PROC)
  const runtime = runtimeProcessOf(socket, processes, PROC)
  const plugins = await Promise.all(moment.plugins.map(withProcess))
  const facts = await factsOf(moment, { processes, runtime, socket, confDir }, world)
  const asked = await askedOf(runtime, policy, world)

  const folder = await makeEvidenceFolder(dir, moment.at, bytesMax / 4)
  const { why, state } = moment
  const text = keptEvidenceText(moment.at, facts, { why, state, plugins, problems: asked.problems })
  await folder.write('evidence.json', Buffer.from(text), 'beginning')
  if (asked.dump !== undefined) await folder.write('goroutines.txt', asked.dump, 'beginning')
  for (const [index, source] of [confDir, ...sourceDirs].entries()) {
    await folder.copyConfDir(source, `${index}-${path.basename(source)}`)
  }
  if (asked.log !== undefined) await folder.write(`${runtime?.name}.log`, asked.log, 'end')
  await dropOldEvidence(dir, bytesMax)
  return folder.path
}

async function factsOf(
  { at, state }: Moment,
  node: {
    readonly processes: Processes
    readonly runtime: NodeProcess | undefined
    readonly socket: string
    readonly confDir: string
  },
  { cri, signal }: World,
): Promise<readonly KeptFact[]> {
  const lastChange = await lastChangeOf(node.confDir, at.getTime())
  const place = { source: node.socket }
  // Takes no lock of CNI; and Status is not asked again, which may leave one plugin process more.
  const answer = await cri.version({ timeoutMs: TIMEOUT_MS, signal })
  const version = answer.ok ? versionSaid(answer.value) : undefined
  const { processes, runtime } = node
  const question = { processes, runtime, hungAfterMs: 0, procDir: PROC, lastChange }
  return [
    ...(version === undefined ? [] : [{ kind: 'version', ...version, place } as const]),
    { kind: 'probe', probe: 'status-silent', text: state, place },
    ...pluginFacts(question).map((fact) => ({ kind: 'probe', ...fact }) as const),
  ]
}

/** What is not had is said, and keeps nobody. */
async function askedOf(
  runtime: NodeProcess | undefined,
  { log, dump }: AgentConfig['evidence'],
  { clock, signal }: World,
) {
  const problems: string[] = []
  const had = async (what: string, get: () => Promise<Uint8Array>) =>
    get().catch((error: unknown) => {
      problems.push(`no ${what}: ${messageOf(error)}`)
      return undefined
    })
  if (runtime === undefined) {
    problems.push('no log and no goroutine dump: no process is seen to listen on the socket')
    return { problems }
  }
  const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  // First: the runtime writes the dump into its log as well.
  const lines = await had('log', () => lastLogLines(log, runtime.pid, within))
  // One that listens has set up what it does on SIGUSR1 (containerd: main.go, before its servers).
  const options = { procDir: PROC, clock, timeoutMs: TIMEOUT_MS, signal, bytesMax: DUMP_BYTES_MAX }
  const stacks = dump
    ? await had('goroutine dump', async () => (await dumpGoroutines(runtime, options)).bytes)
    : undefined
  return { problems, log: lines, dump: stacks }
}

async function withProcess(plugin: PluginProcess) {
  const { pid } = plugin.process
  // It may end while it is looked at.
  const read = (file: string) => readFile(`${PROC}/${pid}/${file}`, 'utf8').catch(() => '')
  const [cmdline, status, wchan] = await Promise.all([
    read('cmdline'),
    read('status'),
    read('wchan'),
  ])
  const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1]
  return { ...plugin, cmdline: cmdline.split('\0').slice(0, -1), parent: Number(parent), wchan }
}
