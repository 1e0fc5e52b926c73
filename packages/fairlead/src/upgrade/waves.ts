import type { Cluster } from './cluster.ts'
import type { Surroundings } from './node-step.ts'
import { countOf } from './quantity.ts'
import type { UpgradeSpec } from './spec.ts'
import type { UpgradeStatus } from './status.ts'

/**
 * How many nodes have begun when each wave is over, the canary first. A wave is never smaller than what came before, and
 * the last has no end: nodes may have joined.
 */
export function waveEnds({ canary, waves }: UpgradeSpec, total: number): number[] {
  const counts = [canary.nodes, ...waves].map((share) => countOf(share, total))
  return counts.map((_, index) =>
    index === counts.length - 1 ? Number.MAX_SAFE_INTEGER : Math.max(...counts.slice(0, index + 1)),
  )
}

/** The status of an upgrade that nobody has looked at: its waves are counted here, once. */
export function begun(
  spec: UpgradeSpec,
  cluster: Cluster,
  { wallMs }: Surroundings,
): UpgradeStatus {
  let total = 0
  for (const node of cluster.all()) {
    const isOurs = cluster.noteOf(node) !== undefined
    if (isOurs || node.version !== spec.target.version) total++
  }
  const at = new Date(wallMs).toISOString()
  const waves = waveEnds(spec, total).map((upTo, index) => ({
    upTo,
    ...(index === 0 ? { openedAt: at } : {}),
  }))
  return {
    phase: 'Progressing',
    message: 'begins',
    total,
    wave: 0,
    waves,
    started: 0,
    done: 0,
    rolledBack: 0,
    inFlight: [],
    failures: [],
  }
}
