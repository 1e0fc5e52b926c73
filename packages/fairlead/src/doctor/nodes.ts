import type { Component } from '../advisories/advisory.ts'
import type { Inventory } from '../advisories/exposure.ts'
import type { Fact, VersionFact } from './fact.ts'

/** What is known of one node. */
export interface NodeFacts {
  /** Undefined where no source tells of which node it is. */
  readonly node: string | undefined
  /** In the order of time; what has no time comes first, in the order it was read. */
  readonly facts: readonly Fact[]
  /** The last version of each component that runs there, or, where the node tells none, in its cluster. */
  readonly versions: ReadonlyMap<Component, VersionFact>
}

/** Nodes that are reported of at most; a bundle may name as many as it likes. */
const NODES_AT_MOST = 5000

/** Sorts facts by the node they tell of. Where there is but one, it is the one that nameless facts are of. */
export function byNode(facts: readonly Fact[]): readonly NodeFacts[] {
  const names = namesOf(facts)
  const [first, ...others] = new Set(names.values())
  const single = others.length === 0 ? first : undefined
  const groups = new Map<string | undefined, Fact[]>()
  for (const fact of facts) {
    const node = fact.node === undefined ? single : (names.get(fact.node) ?? fact.node)
    const group = groups.get(node)
    if (group !== undefined) group.push(fact)
    else if (groups.size < NODES_AT_MOST) groups.set(node, [fact])
  }
  const shared = versionsOf(groups.get(undefined) ?? [])
  const nodes = [...groups].map(([node, own]) => ({
    node,
    facts: inOrder(own),
    versions: new Map([...shared, ...versionsOf(own)]),
  }))
  // What is known of the cluster only is no node, unless it is all there is.
  return nodes.length > 1
    ? nodes.filter(({ node, facts }) => node !== undefined || tells(facts))
    : nodes
}

/** The versions as advisories are compared with them. */
export function inventoryOf({ versions }: NodeFacts): Inventory {
  return new Map([...versions].map(([component, { version }]) => [component, version]))
}

function tells(facts: readonly Fact[]): boolean {
  return facts.some(({ kind }) => kind !== 'version')
}

/** The name of each node by every name that it is called: `n1` is `n1.example.com` and `10.0.0.7`, too. */
function namesOf(facts: readonly Fact[]): ReadonlyMap<string, string> {
  const all = new Set(facts.flatMap(({ node }) => (node === undefined ? [] : [node])))
  const names = new Map(
    [...all].map((name) => {
      const short = name.split('.')[0] ?? name
      const isAddress = /^[\d.]+$|:/.test(name)
      return [name, !isAddress && all.has(short) ? short : name]
    }),
  )
  for (const fact of facts) {
    if (fact.kind !== 'name' || fact.node === undefined || !all.has(fact.name)) continue
    names.set(fact.name, names.get(fact.node) ?? fact.node)
  }
  return names
}

function inOrder(facts: readonly Fact[]): readonly Fact[] {
  return facts.toSorted((left, right) => (left.atMs ?? 0) - (right.atMs ?? 0))
}

function versionsOf(facts: readonly Fact[]): Map<Component, VersionFact> {
  const versions = new Map<Component, VersionFact>()
  for (const fact of inOrder(facts)) {
    if (fact.kind === 'version') versions.set(fact.component, fact)
  }
  return versions
}
