import type { NodeLook } from '../doctor/node/node-source.ts'
import { FairleadError } from '../errors.ts'
import { durationMs } from './flags.ts'

/** How `fairlead doctor` looks at the node that it runs on. */
export interface NodeFlags {
  readonly fromCluster: boolean
  readonly socket?: string
  readonly confDir?: string
  readonly binDir?: readonly string[]
  readonly dump: boolean
  readonly timeout?: string
}

const dirFlag = { kind: 'parsed', parse: String, optional: true, placeholder: 'dir' } as const

/** The flags of {@link NodeFlags}. */
export const nodeFlags = {
  socket: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'The CRI socket of this node [default: the first of the usual ones that exists]',
    placeholder: 'path',
  },
  confDir: { ...dirFlag, brief: 'Where its CNI configs are [default: /etc/cni/net.d]' },
  binDir: {
    ...dirFlag,
    variadic: true,
    brief: 'Where its CNI plugins are; several in their order [default: /opt/cni/bin]',
  },
  dump: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief:
      'Have containerd or CRI-O write a goroutine dump (SIGUSR1); harmless, and the only file written',
  },
  timeout: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'How long each call to the runtime is waited for [default: 2s]',
    placeholder: 'time',
  },
} as const

const DEFAULT_TIMEOUT = '2s'

/**
 * How to look at this node, where no bundle is named and no cluster asked.
 *
 * @throws {FairleadError} FL_USAGE when flags of the node stand beside a bundle or a cluster.
 */
export async function nodeAsked(
  { socket, confDir, binDir, dump, timeout, fromCluster }: NodeFlags,
  bundles: readonly string[],
): Promise<{ node?: NodeLook }> {
  const timeoutMs = await durationMs(timeout ?? DEFAULT_TIMEOUT)
  if (bundles.length === 0 && !fromCluster)
    return { node: { socketPath: socketOf(socket), confDir, binDirs: binDir, dump, timeoutMs } }
  const given = [socket, confDir, binDir, timeout].some((flag) => flag !== undefined) || dump
  if (!given) return {}
  throw new FairleadError(
    'FL_USAGE',
    `--socket, --conf-dir, --bin-dir, --dump and --timeout are for the node that this runs on, and ${fromCluster ? 'a cluster is asked' : 'a bundle is named'}.`,
    { hint: 'Leave out the one or the other.' },
  )
}

/** As kubelet and crictl write it: `unix:///run/containerd/containerd.sock`. */
function socketOf(socket: string | undefined): string | undefined {
  return socket?.replace(/^unix:\/\//, '')
}
