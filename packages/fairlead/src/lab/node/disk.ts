import { FairleadError } from '../../errors.ts'
import { EMBEDDED_CACHE_DIR } from '../runtimes/embedded.ts'
import type { TrialNode } from './trial-node.ts'

/** The file systems of a node that a runtime keeps its state and libcni its cache on, and their size. */
const DISKS = { '/run': '1g', '/var/lib/cni': '64m' } as const

const TIMEOUT_MS = 10_000

/** Where runtimes keep libcni's cache: containerd and CRI-O, and Fairlead's own. */
const CACHES = ['/var/lib/cni/results', EMBEDDED_CACHE_DIR] as const

/**
 * Makes the disks of a node full, or gives them their room back. A tmpfs is full when it is made as
 * small as what is on it; one page at least, since a size of 0 means no limit (tmpfs(5)).
 *
 * @throws {FairleadError} FL_STEP when the node's file systems cannot be mounted anew.
 */
export async function setDisk(
  node: TrialNode,
  is: 'full' | 'free',
  signal: AbortSignal,
): Promise<void> {
  for (const [dir, size] of Object.entries(DISKS)) {
    const script =
      is === 'full'
        ? `used=$(df -k --output=used ${dir} | tail -n 1); ` +
          `mount -o remount,size=$((used > 4 ? used : 4))k ${dir}`
        : `mount -o remount,size=${size} ${dir}`
    await run(node, script, `The disk of ${dir} could not be made ${is}`, signal)
  }
}

/**
 * Cuts off libcni's file of every attachment in the middle, as a power loss does.
 *
 * @throws {FairleadError} FL_STEP when a file cannot be cut off.
 */
export async function damageCache(node: TrialNode, signal: AbortSignal): Promise<void> {
  const script = `for f in ${CACHES.map((dir) => `${dir}/*`).join(' ')}; do [ ! -f "$f" ] || truncate -s 20 "$f"; done`
  await run(node, script, 'The cached results could not be damaged', signal)
}

async function run(
  node: TrialNode,
  script: string,
  failure: string,
  signal: AbortSignal,
): Promise<void> {
  const { code, stderr } = await node.run(['sh', '-c', script], { timeoutMs: TIMEOUT_MS, signal })
  if (code !== 0) throw new FairleadError('FL_STEP', `${failure}: ${stderr.trim()}`)
}
