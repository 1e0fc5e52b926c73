import { mkdir } from 'node:fs/promises'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'
import { ownCommand } from '../../own-command.ts'
import { GUARDED_CONF_DIR, withAgent } from './guard.ts'
import type { EmbeddedInstall } from './install.ts'
import { type PreparedRuntime, startRuntime } from './running-runtime.ts'

const RUNTIME_SERVE = [...ownCommand(), 'runtime', 'serve']
const SOCKET_PATH = '/run/fairlead-runtime/cri.sock'
const SOURCE_DIR = `${NODE_DIR}/net.d`
const BIN_DIR = `${NODE_DIR}/cni-bin`
const STATE_DIR = `${NODE_DIR}/state`
/** Where it keeps its attachments in a trial's node. */
export const EMBEDDED_CACHE_DIR = `${STATE_DIR}/cni/results`

/** Makes the folders of Fairlead's own runtime in `node`. */
export async function prepareEmbedded(
  install: EmbeddedInstall,
  node: TrialNode,
): Promise<PreparedRuntime> {
  for (const dir of [SOURCE_DIR, BIN_DIR]) await mkdir(node.outside(dir), { recursive: true })
  const confDir = install.guarded === true ? GUARDED_CONF_DIR : SOURCE_DIR
  const prepared: PreparedRuntime = {
    confDir: { outside: node.outside(SOURCE_DIR), inside: SOURCE_DIR },
    binDir: { outside: node.outside(BIN_DIR), inside: BIN_DIR },
    socket: { outside: node.outside(SOCKET_PATH), inside: SOCKET_PATH },
    start: (options) =>
      startRuntime(
        {
          name: install.name,
          // prettier-ignore
          argv: [
            ...(install.command ?? RUNTIME_SERVE), '--socket', SOCKET_PATH, '--conf-dir', confDir, '--bin-dir', BIN_DIR, '--state-dir', STATE_DIR,
          ],
          env: { TMPDIR: `${NODE_DIR}/tmp` },
          socketPath: SOCKET_PATH,
        },
        node,
        options,
      ),
  }
  if (install.guarded !== true) return prepared
  return withAgent(prepared, node, {
    sourceDir: SOURCE_DIR,
    binDir: BIN_DIR,
    socketPath: SOCKET_PATH,
  })
}
