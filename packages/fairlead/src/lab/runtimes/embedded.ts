import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'
import type { EmbeddedInstall } from './install.ts'
import { type PreparedRuntime, startRuntime } from './running-runtime.ts'

// Three folders up from both src/ and dist/ lies the package.
const FAIRLEAD = fileURLToPath(new URL('../../../bin/fairlead.js', import.meta.url))

const RUNTIME_SERVE = [process.execPath, FAIRLEAD, 'runtime', 'serve']
const SOCKET_PATH = '/run/fairlead-runtime/cri.sock'
const CONF_DIR = `${NODE_DIR}/net.d`
const BIN_DIR = `${NODE_DIR}/cni-bin`
const STATE_DIR = `${NODE_DIR}/state`

/** Makes the folders of Fairlead's own runtime in `node`. */
export async function prepareEmbedded(
  install: EmbeddedInstall,
  node: TrialNode,
): Promise<PreparedRuntime> {
  for (const dir of [CONF_DIR, BIN_DIR]) await mkdir(node.outside(dir), { recursive: true })
  return {
    confDir: { outside: node.outside(CONF_DIR), inside: CONF_DIR },
    binDir: { outside: node.outside(BIN_DIR), inside: BIN_DIR },
    socket: { outside: node.outside(SOCKET_PATH), inside: SOCKET_PATH },
    start: (options) =>
      startRuntime(
        {
          name: install.name,
          // prettier-ignore
          argv: [
            ...(install.command ?? RUNTIME_SERVE), '--socket', SOCKET_PATH, '--conf-dir', CONF_DIR, '--bin-dir', BIN_DIR, '--state-dir', STATE_DIR,
          ],
          env: { TMPDIR: `${NODE_DIR}/tmp` },
          socketPath: SOCKET_PATH,
        },
        node,
        options,
      ),
  }
}
