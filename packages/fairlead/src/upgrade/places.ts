import type { Cluster } from './cluster.ts'
import type { Flight } from './status.ts'

/** How many more nodes that are well may be taken out of service. */
export function roomIn(inFlight: readonly Flight[], max: number, { unwell }: Cluster): number {
  const others = inFlight.reduce((sum, { node }) => sum + (unwell.has(node) ? 0 : 1), 0)
  return max - unwell.size - others
}

/**
 * Places for nodes that are done and go back, first those that are broken: they are out of service anyway. `areThere`:
 * whether there are such nodes, with a place or without.
 */
export function claimBack(
  inFlight: readonly Flight[],
  free: { readonly places: number; readonly room: number },
  isAsked: (name: string, wave: number) => boolean,
  cluster: Cluster,
): { readonly flights: readonly Flight[]; readonly areThere: boolean } {
  const taken = new Set(inFlight.map(({ node }) => node))
  const flights: Flight[] = []
  let { places, room } = free
  let areThere = false
  for (const isUnwell of [true, false]) {
    for (const [wave, names] of cluster.done) {
      for (const name of names) {
        if (taken.has(name) || cluster.unwell.has(name) !== isUnwell) continue
        if (!isAsked(name, wave)) continue
        areThere = true
        if (places <= 0 || (!isUnwell && room <= 0)) return { flights, areThere }
        flights.push({ node: name, uid: cluster.get(name)?.uid ?? '', wave, back: true })
        places--
        if (!isUnwell) room--
      }
    }
  }
  return { flights, areThere }
}
