import type { Cluster } from './cluster.ts'
import type { Upgrade } from './decide.ts'
import type { NodePhase } from './node-contract.ts'
import type { UpgradePhase } from './status.ts'

/** How far an upgrade is, in numbers. */
export interface Tally {
  readonly phase: UpgradePhase | 'Pending'
  readonly failures: number
  /** Nodes that have not begun. */
  readonly untouched: number
  readonly nodes: readonly {
    readonly wave: number
    readonly phase: NodePhase
    readonly count: number
  }[]
}

/** Counts the nodes of an upgrade. */
export function tallyOf({ status }: Pick<Upgrade, 'status'>, cluster: Cluster): Tally {
  const counts = new Map<string, { wave: number; phase: NodePhase; count: number }>()
  const add = (wave: number, phase: NodePhase, by: number) => {
    const one = counts.get(`${wave} ${phase}`) ?? { wave, phase, count: 0 }
    counts.set(`${wave} ${phase}`, { ...one, count: one.count + by })
  }
  for (const [wave, names] of cluster.done) add(wave, 'done', names.size)
  for (const names of [cluster.underWay, cluster.rolledBack]) {
    for (const name of names) {
      const node = cluster.get(name)
      const note = node && cluster.noteOf(node)
      if (note !== undefined) add(note.wave, note.phase, 1)
    }
  }
  return {
    phase: status?.phase ?? 'Pending',
    failures: status?.failures.length ?? 0,
    untouched: cluster.untouched,
    nodes: [...counts.values()].filter(({ count }) => count > 0),
  }
}
