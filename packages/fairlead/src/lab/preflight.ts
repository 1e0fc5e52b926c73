import { FairleadError } from '../errors.ts'
import { NODE_TOOLS } from './node/trial-node.ts'
import { findInPath } from './runtimes/resolve.ts'

/** Programs of coreutils, tar and util-linux that a trial runs. */
const TOOLS = [...NODE_TOOLS, 'tar', 'mkfifo', 'mktemp', 'timeout', 'sleep']

/**
 * Checks what a trial needs of the machine, before anything is fetched or written.
 *
 * @throws {FairleadError} FL_NOT_LINUX, FL_NOT_ROOT or FL_TOOL_MISSING.
 */
export async function preflight(env: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform !== 'linux') {
    throw new FairleadError(
      'FL_NOT_LINUX',
      `The lab runs on Linux only, and this is ${process.platform}.`,
      {
        hint: 'Run it in a virtual machine or a CI job.',
      },
    )
  }
  if (process.geteuid?.() !== 0) {
    throw new FairleadError(
      'FL_NOT_ROOT',
      'The lab makes namespaces and mounts, which takes root.',
      {
        hint: 'Run it again with sudo, or as root in a virtual machine or CI job.',
      },
    )
  }
  for (const tool of TOOLS) {
    if ((await findInPath(tool, env)) === undefined) {
      throw new FairleadError('FL_TOOL_MISSING', `The program ${tool} is not in PATH.`, {
        hint: 'It comes with util-linux, coreutils or tar; install that package.',
      })
    }
  }
}
