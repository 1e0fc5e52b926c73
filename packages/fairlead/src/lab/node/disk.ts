import { FairleadError } from '../../errors.ts'
import type { TrialNode } from './trial-node.ts'

/** The file systems of a node that a runtime keeps its state and libcni its cache on, and their size. */
const DISKS = { '/run': '1g', '/var/lib/cni': '64m' } as const

const TIMEOUT_MS = 10_000

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
    const { code, stderr } = await node.run(['sh', '-c', script], { timeoutMs: TIMEOUT_MS, signal })
    if (code === 0) continue
    throw new FairleadError(
      'FL_STEP',
      `The disk of ${dir} could not be made ${is}: ${stderr.trim()}`,
    )
  }
}
