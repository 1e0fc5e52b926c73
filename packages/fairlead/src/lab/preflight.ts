import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FairleadError } from '../errors.ts'
import { isRoot, NODE_TOOLS } from './node/trial-node.ts'
import { findInPath } from './runtimes/programs.ts'
import type { RuntimeName } from './runtimes/runtime-name.ts'

/** A namespace is made at once; the program has to be loaded on a machine that may be busy. */
const UNSHARE_TIMEOUT_MS = 10_000
/** Programs of coreutils, tar and util-linux that a trial runs. */
const TOOLS = [...NODE_TOOLS, 'tar', 'mkfifo', 'mktemp', 'timeout', 'sleep', 'ip']

/**
 * Checks what trials of these runtimes need of the machine, before anything is fetched or written.
 *
 * @throws {FairleadError} FL_NOT_LINUX, FL_NOT_ROOT or FL_TOOL_MISSING.
 */
export async function preflight(
  names: readonly RuntimeName[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (process.platform !== 'linux') {
    throw new FairleadError(
      'FL_NOT_LINUX',
      `The lab runs on Linux only, and this is ${process.platform}.`,
      {
        hint: 'Run it in a virtual machine or a CI job.',
      },
    )
  }
  for (const tool of TOOLS) {
    if ((await findInPath(tool, env)) === undefined) {
      throw new FairleadError('FL_TOOL_MISSING', `The program ${tool} is not in PATH.`, {
        hint: 'It comes with util-linux, iproute2, coreutils or tar; install that package.',
      })
    }
  }
  if (!isRoot()) await rootlessPreflight(names, env)
}

/** Without root a trial runs in a user namespace, where the kernel allows it. */
async function rootlessPreflight(
  names: readonly RuntimeName[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const real = names.find(({ from }) => from !== 'embedded')
  if (real !== undefined) {
    throw new FairleadError('FL_NOT_ROOT', `${real.text}: a real runtime takes root.`, {
      hint: 'Run it again with sudo, or test the embedded runtime: --runtime fairlead.',
    })
  }
  try {
    await promisify(execFile)('unshare', ['--user', '--map-root-user', 'true'], {
      env,
      timeout: UNSHARE_TIMEOUT_MS,
    })
  } catch (error) {
    throw new FairleadError(
      'FL_NOT_ROOT',
      'The lab makes namespaces, which takes root on this machine: it allows no user namespaces.',
      {
        hint:
          'Run it again with sudo, or allow them ' +
          '(sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns).',
        cause: error,
      },
    )
  }
}
