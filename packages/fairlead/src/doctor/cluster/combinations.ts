import type { Inventory } from '../../advisories/exposure.ts'
import type { Fact } from '../fact.ts'
import { byNode, inventoryOf } from '../nodes.ts'

/** A combination of versions, and the nodes that have it. */
export interface Combination {
  readonly nodes: readonly string[]
  readonly versions: Inventory
}

/** The combinations of versions in a cluster, the most frequent first. */
export function combinationsOf(facts: readonly Fact[]): readonly Combination[] {
  const found = new Map<string, { readonly nodes: string[]; readonly versions: Inventory }>()
  for (const node of byNode(facts)) {
    const versions = inventoryOf(node)
    if (node.node === undefined || versions.size === 0) continue
    const key = JSON.stringify([...versions])
    const known = found.get(key)
    if (known === undefined) found.set(key, { nodes: [node.node], versions })
    else known.nodes.push(node.node)
  }
  return [...found.values()].toSorted((one, other) => other.nodes.length - one.nodes.length)
}
