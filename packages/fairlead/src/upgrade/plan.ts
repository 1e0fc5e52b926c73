import type { Cluster } from './cluster.ts'
import { waveEnds } from './waves.ts'
import { obstacleOf } from './node-step.ts'
import { countOf } from './quantity.ts'
import type { UpgradeSpec } from './spec.ts'

/** What an upgrade would do to a cluster as it is now. */
export interface UpgradePlan {
  readonly total: number
  readonly already: number
  readonly maxUnavailable: number
  readonly waves: readonly {
    readonly name: string
    readonly count: number
    readonly first: readonly string[]
  }[]
  readonly obstacles: readonly { readonly node: string; readonly why: string }[]
}

const FIRST = 3

/** Puts the nodes into their waves, as a controller would that begins now. */
export function planOf(spec: UpgradeSpec, cluster: Cluster): UpgradePlan {
  const pending = [...cluster.pending()]
  const total = pending.length
  const canaries = pending.filter(({ canary }) => canary)
  const ends = waveEnds(spec, total)
  const taken = new Set<string>()
  const waves = ends.map((end, index) => {
    const from = index === 0 ? canaries : pending
    const names = from.map(({ name }) => name).filter((name) => !taken.has(name))
    const mine = names.slice(0, Math.max(0, end - taken.size))
    for (const name of mine) taken.add(name)
    const first = mine.slice(0, FIRST)
    return {
      name: index === 0 ? 'canary' : `wave ${index}`,
      count: mine.length,
      first: mine.length > FIRST ? [...first, '…'] : first,
    }
  })
  return {
    total,
    already: cluster.size - total,
    maxUnavailable: Math.max(1, countOf(spec.maxUnavailable, total)),
    waves,
    obstacles: pending.flatMap((node) => {
      const why = obstacleOf(node)
      return why === undefined ? [] : [{ node: node.name, why }]
    }),
  }
}
