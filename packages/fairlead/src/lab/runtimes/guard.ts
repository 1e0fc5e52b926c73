import { closeSync, openSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { ownCommand } from '../../own-command.ts'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'
import type { PreparedRuntime, StartOptions } from './running-runtime.ts'

const AGENT_DIR = `${NODE_DIR}/agent`
const CONFIG_PATH = `${AGENT_DIR}/agent.yaml`

/** Where the agent of a node says what it does. */
export const AGENT_STATUS_PATH = '/run/fairlead-agent/status.json'

/** The conf_dir of a runtime that an agent stands in front of: on a tmpfs, which a reboot empties. */
export const GUARDED_CONF_DIR = '/run/fairlead-agent/net.d'

/** Of a runtime that an agent is put in front of. */
export interface Guarded {
  /** Where installers write. */
  readonly sourceDir: string
  readonly binDir: string
  /** The runtime's CRI socket, as the node has it. */
  readonly socketPath: string
}

/** Where the agent's log goes, beside that of the runtime that it stands in front of. */
export function agentLogOf(runtimeLog: string): string {
  return runtimeLog.replace(/(\.log)?$/, '.agent.log')
}

interface Agent {
  isRunning: boolean
  /** Of which boot it is: its end is told some time after the reboot. */
  readonly reboots: number
}

// An upgrade prepares the runtime of a node anew, and the agent goes on.
const agents = new WeakMap<TrialNode, Agent>()

/**
 * The runtime with an agent in front: the agent is started with it, lives until the node is rebooted, and
 * is the only one that writes to its conf dir.
 */
export async function withAgent(
  prepared: PreparedRuntime,
  node: TrialNode,
  { sourceDir, binDir, socketPath }: Guarded,
): Promise<PreparedRuntime> {
  await mkdir(node.outside(AGENT_DIR), { recursive: true })
  const config = {
    sourceDirs: [sourceDir],
    confDir: GUARDED_CONF_DIR,
    binDirs: [binDir],
    socket: socketPath,
    stateDir: `${AGENT_DIR}/state`,
    statusFile: AGENT_STATUS_PATH,
  }
  // JSON is YAML.
  await writeFile(node.outside(CONFIG_PATH), `${JSON.stringify(config, null, 2)}\n`)
  return {
    ...prepared,
    loadedDir: node.outside(GUARDED_CONF_DIR),
    start: (options) => {
      const agent = agents.get(node)
      const lives = agent?.isRunning === true && agent.reboots === node.reboots
      if (!lives) agents.set(node, startAgent(node, options))
      return prepared.start(options)
    },
  }
}

function startAgent(node: TrialNode, { logFile }: StartOptions): Agent {
  const log = openSync(agentLogOf(logFile), 'a')
  const argv = [...ownCommand(), 'agent', 'run', '--config', CONFIG_PATH]
  const child = node.spawn(argv, { env: { TMPDIR: `${NODE_DIR}/tmp` }, output: log })
  closeSync(log)
  const agent: Agent = { isRunning: true, reboots: node.reboots }
  child.once('exit', () => {
    agent.isRunning = false
  })
  return agent
}
