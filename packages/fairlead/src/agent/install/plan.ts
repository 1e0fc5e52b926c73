import path from 'node:path'
import { FairleadError } from '../../errors.ts'
import type { PredictedRuntime } from '../../lint/runtime.ts'
import { planConfDir } from './containerd-conf-dir.ts'
import { type Distribution, DISTRIBUTIONS, TALOS } from './distributions.ts'
import type { Change } from './installation.ts'
import type { Content, NodeFiles } from './node-files.ts'
import { AGENT_UNIT, agentUnit, configDropIn, orderingDropIn } from './units.ts'

/** Where the agent publishes: on the tmpfs of systemd, so that a boot begins clean. */
const PUBLISHED_DIR = '/run/fairlead/net.d'
/** The agent's config. */
const AGENT_CONFIG_FILE = '/etc/fairlead/agent.yaml'
const UNITS = '/etc/systemd/system'

/** What is to be installed on a node. */
export interface InstallPlan {
  readonly distribution: Distribution
  readonly changes: readonly Change[]
  /** What people should know before they go on, a sentence each. */
  readonly notes: readonly string[]
  /** What makes the changes count, in this order. */
  readonly commands: readonly string[]
}

type Files = Pick<NodeFiles, 'read' | 'list'>

/**
 * The distribution of a name, or the one that the node is of.
 *
 * @throws {FairleadError} FL_INSTALL where there is none of that name, or nothing can be installed on it.
 */
export async function distributionOf(
  files: Pick<NodeFiles, 'isDir' | 'read'>,
  name: string | undefined,
): Promise<Distribution> {
  const isThere = async (file: string) =>
    (await files.isDir(file)) || (await files.read(file)).kind !== 'absent'
  if (name === TALOS.name || (name === undefined && (await isThere(TALOS.knownBy)))) {
    throw new FairleadError(
      'FL_INSTALL',
      'Talos has no host that anything could be installed on.',
      {
        hint: 'Run the agent as a DaemonSet, deploy/kubernetes/talos.yaml; the machine config that it needs is in it.',
      },
    )
  }
  for (const one of DISTRIBUTIONS) {
    if (name === undefined ? await isThere(one.knownBy) : one.name === name) return one
  }
  const names = [...DISTRIBUTIONS, TALOS].map((one) => one.name).join(', ')
  throw new FairleadError(
    'FL_INSTALL',
    name === undefined
      ? 'No distribution of Kubernetes with containerd is known here.'
      : `There is no distribution ${name}.`,
    { hint: `Name one by --distribution: ${names}.` },
  )
}

/**
 * What has to change on a node for the agent to stand in front of its runtime: the conf dir that containerd
 * loads, the agent's config and unit, and the order in which they start.
 *
 * @throws {FairleadError} FL_INSTALL where containerd's config cannot be changed so.
 */
export async function planInstall(
  files: Files,
  node: {
    readonly distribution: Distribution
    readonly runtime: Extract<PredictedRuntime, { kind: 'containerd' }>
    /** What runs Fairlead there: `/usr/local/bin/fairlead`. */
    readonly command: readonly string[]
    /** For an agent that comes as a DaemonSet: only what containerd loads is changed. */
    readonly onlyConfDir?: boolean
  },
): Promise<InstallPlan> {
  const { distribution, runtime, command, onlyConfDir = false } = node
  const { changes: confDirChanges, before } = await planConfDir(
    files,
    runtime,
    distribution,
    PUBLISHED_DIR,
  )
  const units = await unitsOf(files, distribution)
  const settings: AgentSettings = {
    ...distribution,
    sourceDir: before.confDir === PUBLISHED_DIR ? distribution.sourceDir : before.confDir,
    binDirs: before.binDirs,
    loopback: !before.internalLoopback,
    restart: ['systemctl', 'restart', ...units],
  }
  const run = [...command, 'agent', 'run', '--config', AGENT_CONFIG_FILE]
  const change = (where: string, text: string, why: string): Change => ({
    path: where,
    content: { kind: 'file', bytes: Buffer.from(text), mode: 0o644 },
    why,
  })
  const link: Content = { kind: 'link', target: `${UNITS}/${AGENT_UNIT}` }
  const { containerdConfig, shippedConfig } = distribution
  const isNew = (await files.read(containerdConfig)).kind === 'absent'
  const own: Change[] = [
    { ...change(AGENT_CONFIG_FILE, agentYaml(settings), 'how the agent works'), isConfig: true },
    change(`${UNITS}/${AGENT_UNIT}`, agentUnit(run, units), 'runs the agent'),
    {
      path: `${UNITS}/multi-user.target.wants/${AGENT_UNIT}`,
      content: link,
      why: 'starts it at boot',
    },
    ...units.map((unit) =>
      change(`${UNITS}/${unit}.d/10-fairlead.conf`, orderingDropIn(), 'the agent comes first'),
    ),
  ]
  return {
    distribution,
    changes: [
      ...(onlyConfDir ? [] : own),
      ...(shippedConfig !== undefined && isNew
        ? [
            change(
              `${UNITS}/containerd.service.d/10-fairlead-config.conf`,
              configDropIn(containerdConfig),
              'containerd reads the config that can be changed',
            ),
          ]
        : []),
      ...confDirChanges,
    ],
    notes: before.runtimes.map(
      ({ name, confDir }) =>
        `A runtime handler has a conf dir of its own, which stays as it is: ${name}: ${confDir}.`,
    ),
    commands: [
      'systemctl daemon-reload',
      ...(onlyConfDir ? [] : [`systemctl start ${AGENT_UNIT}`]),
      `systemctl restart ${units.join(' ')}`,
    ],
  }
}

/** Those of the distribution's units that the node has; all, where none is seen. */
async function unitsOf(files: Files, { units }: Distribution): Promise<readonly string[]> {
  const dirs = [
    UNITS,
    '/usr/local/lib/systemd/system',
    '/usr/lib/systemd/system',
    '/lib/systemd/system',
  ]
  const there: string[] = []
  for (const unit of units) {
    const found = await Promise.all(dirs.map((dir) => files.read(path.join(dir, unit))))
    if (found.some(({ kind }) => kind !== 'absent')) there.push(unit)
  }
  return there.length === 0 ? units : there
}

/** What differs from node to node in the agent's config. */
export interface AgentSettings extends Pick<
  Distribution,
  'sourceDir' | 'binDirs' | 'socket' | 'logFile'
> {
  readonly loopback: boolean
  /** What restarts the runtime; undefined where the agent cannot. */
  readonly restart?: readonly string[]
}

/** The agent's config. */
export function agentYaml(settings: AgentSettings): string {
  const { sourceDir, binDirs, socket, logFile, loopback, restart } = settings
  const lines = [
    '# The agent of this node; every other setting, with its default, is in agent.schema.json.',
    '# Installers of CNI plugins write here, as they always did.',
    `sourceDirs: [${sourceDir}]`,
    "# The runtime's conf_dir, which is the agent's.",
    `confDir: ${PUBLISHED_DIR}`,
    `binDirs: [${binDirs.join(', ')}]`,
    `socket: ${socket}`,
    'http:',
    '  address: 127.0.0.1:9809',
    ...(loopback ? [] : ['publish:', '  loopback: false']),
    ...(restart === undefined ? [] : ['watchdog:', `  restart: [${restart.join(', ')}]`]),
    ...(logFile === undefined ? [] : ['evidence:', `  log: ${logFile}`]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}
