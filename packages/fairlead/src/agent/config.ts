import { z } from 'zod'
import { httpAddress } from '../http-address.ts'
import { type FileKind, readDataFile } from '../data-file.ts'
import { durationMs } from '../duration.ts'
import { clusterConfigSchema } from './cluster/config.ts'

const path = z
  .string()
  .regex(/^\//, { error: 'expected a path from the root, e.g. /etc/cni/net.d' })
const paths = z.array(path).min(1)

const publish = z.strictObject({
  settle: durationMs
    .prefault('500ms')
    .describe('How long the sources must be quiet before a change in them counts.'),
  primary: z
    .string()
    .optional()
    .describe('The network that comes first; the one that others delegate to if not given.'),
  staged: z
    .boolean()
    .default(true)
    .describe('One network at a time, the next when the runtime has been steadily Ready.'),
  steadyFor: durationMs
    .prefault('10s')
    .describe('How long the runtime must have been Ready before the next network comes.'),
  sourceGoneFor: durationMs
    .prefault('1m')
    .describe('How long a file may be gone from the sources before its network is withdrawn.'),
  withdrawLast: z
    .boolean()
    .default(false)
    .describe('Whether the last network is withdrawn, too, when its file has gone.'),
  waitForPlugins: durationMs
    .prefault('10s')
    .describe(
      'How long a change waits until no plugin runs; then it bears those that have just begun.',
    ),
  waitForHung: durationMs
    .prefault('2m')
    .describe('How long it waits for a plugin that goes on; then it is published all the same.'),
  statusBy: z
    .enum(['agent', 'runtime'])
    .default('agent')
    .describe(
      'Who runs STATUS. agent: a cniVersion of 1.1.0 and up is published as 1.0.0, since a runtime runs STATUS without a deadline.',
    ),
  loopback: z
    .boolean()
    .default(true)
    .describe(
      'Whether the runtime needs a loopback plugin (containerd without use_internal_loopback, and before 2.0).',
    ),
  atBoot: z
    .enum(['clean', 'last-good'])
    .default('clean')
    .describe('What an empty conf dir gets at once: nothing, or what was published last.'),
  unknownFiles: z
    .enum(['report', 'set-aside'])
    .default('report')
    .describe('What happens to a config that somebody else puts into the conf dir.'),
})

const watchdog = z.strictObject({
  every: durationMs.prefault('2s').describe('Between the end of a look at Status and the next.'),
  timeout: durationMs.prefault('3s').describe('A Status that takes longer is silent.'),
  hungPlugin: z
    .enum(['report', 'end'])
    .default('end')
    .describe('What happens to a plugin that Status waits for.'),
  hungAfter: durationMs
    .prefault('12s')
    .describe('How long Status must be silent, and a plugin have run, before the plugin is ended.'),
  deadlock: z
    .enum(['report', 'restart'])
    .default('report')
    .describe('What happens when Status is silent and no plugin runs.'),
  deadlockAfter: durationMs.prefault('20s').describe('How long that must last.'),
  restart: z
    .array(z.string())
    .default(['systemctl', 'restart', 'containerd'])
    .describe('The command that restarts the runtime.'),
  bootGrace: durationMs
    .prefault('30s')
    .describe('After its own start the agent restarts nothing for so long.'),
  actionsAtMost: z
    .int()
    .positive()
    .default(6)
    .describe('Ended plugins and restarts within ten minutes; after that it only reports.'),
  dryRun: z.boolean().default(false).describe('Say what would be done, and do nothing.'),
})

const evidence = z.strictObject({
  log: z
    .union([z.literal('journal'), path], { error: 'expected journal, or a path from the root' })
    .default('journal')
    .describe("Where the runtime's log is: the journal, or a file, as k3s and RKE2 have it."),
  dump: z
    .boolean()
    .default(true)
    .describe('Whether containerd or CRI-O is asked for a goroutine dump (SIGUSR1).'),
  mebibytes: z
    .int()
    .min(4)
    .default(64)
    .describe('How much all that is kept may take up; the oldest goes first.'),
})

const http = z.strictObject({
  address: httpAddress
    .optional()
    .describe(
      'Where /metrics, /healthz and /readyz are answered, e.g. 127.0.0.1:9809; nowhere if not given.',
    ),
})

/** The shape of the agent's config file; published as `deploy/agent.schema.json`. */
export const agentConfigSchema = z.strictObject({
  sourceDirs: paths.describe('Where installers write, in order: the first with a file name wins.'),
  confDir: path.describe("The runtime's conf_dir. It is the agent's: nobody else writes there."),
  binDirs: paths.default(['/opt/cni/bin']).describe("The runtime's bin dirs."),
  socket: path.default('/run/containerd/containerd.sock').describe("The runtime's CRI socket."),
  stateDir: path
    .default('/var/lib/fairlead/agent')
    .describe('What has to survive a restart: what was published last, what is set aside.'),
  statusFile: path
    .default('/run/fairlead/agent.json')
    .describe('What `fairlead agent status` reads.'),
  publish: publish.prefault({}).describe('What is published, and when.'),
  watchdog: watchdog.prefault({}).describe('What is done about a runtime that hangs.'),
  kubernetes: clusterConfigSchema
    .optional()
    .describe('What is told to an API server; without it the agent talks to none.'),
  evidence: evidence.prefault({}).describe('What is kept of the node before something is done.'),
  http: http.prefault({}).describe('What monitoring asks.'),
})

/** How an agent works. All times are in ms. */
export type AgentConfig = z.output<typeof agentConfigSchema>
/** How it publishes. */
export type PublishPolicy = AgentConfig['publish']
/** How it watches the runtime. */
export type WatchdogPolicy = AgentConfig['watchdog']

const AGENT_CONFIG: FileKind = {
  word: 'agent config',
  schemaFile: 'deploy/agent.schema.json',
  unknown: 'FL_AGENT_CONFIG',
  invalid: 'FL_AGENT_CONFIG',
  give: 'Give one by --config; docs/agent.md shows the smallest.',
}

/**
 * Reads an agent's config file.
 *
 * @throws {FairleadError} FL_AGENT_CONFIG with file, line, column and what was expected.
 */
export async function loadAgentConfig(file: string): Promise<AgentConfig> {
  const { value, reject } = await readDataFile(file, agentConfigSchema, AGENT_CONFIG)
  // The agent would publish what it has published, for ever.
  const own = value.sourceDirs.findIndex((dir) => dir === value.confDir)
  if (own !== -1) reject(['sourceDirs', own], 'is the confDir itself; installers write elsewhere')
  return value
}
