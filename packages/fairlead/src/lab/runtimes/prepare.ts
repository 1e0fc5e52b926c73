import type { TrialNode } from '../node/trial-node.ts'
import { prepareContainerd } from './containerd.ts'
import { prepareCrio } from './crio.ts'
import { prepareEmbedded } from './embedded.ts'
import type { RuntimeInstall } from './install.ts'
import type { PreparedRuntime } from './running-runtime.ts'
import { prepareSocket } from './socket.ts'

/** Makes the folders and files of a runtime in `node`. */
export async function prepareRuntime(
  install: RuntimeInstall,
  node: TrialNode,
): Promise<PreparedRuntime> {
  switch (install.kind) {
    case 'containerd':
      return prepareContainerd(install, node)
    case 'crio':
      return prepareCrio(install, node)
    case 'embedded':
      return prepareEmbedded(install, node)
    case 'socket':
      return prepareSocket(install, node)
  }
}
