import type { Advisory } from './advisory.ts'
import type { Probe } from './probes.ts'

/** The ids of the advisories that a probe speaks for, in their order. */
export function idsByProbe(advisories: readonly Advisory[]): ReadonlyMap<Probe, readonly string[]> {
  const pairs = advisories.flatMap(({ id, probes }) =>
    probes.filter(({ says }) => says !== 'contradicts').map(({ probe }) => ({ id, probe })),
  )
  const grouped = Map.groupBy(pairs, ({ probe }) => probe)
  return new Map([...grouped].map(([probe, group]) => [probe, group.map(({ id }) => id)]))
}
