import type { Component } from '../advisories/advisory.ts'
import type { Inventory } from '../advisories/exposure.ts'
import type { Fact, VersionFact } from './fact.ts'

/** What is known of one node. */
export interface NodeFacts {
  /** Undefined where no source tells of which node it is. */
  readonly node: string | undefined
  /** In the order of time; what has no time comes last, in the order it was read. */
  readonly facts: readonly Fact[]
  /** The last version of each component that runs there, or, where the node tells none, in its cluster. */
  readonly versions: ReadonlyMap<Component, VersionFact>
}

/** Nodes that are reported of at most; a bundle may name as many as it likes. */
const NODES_AT_MOST = 2000

/** Sorts facts by the node they tell of; at least one node, if an unnamed one. Where there is but one, it is the one that nameless facts are of. */
export function byNode(facts: readonly Fact[]): readonly NodeFacts[] {
  const names = namesOf(facts)
  const [first, ...others] = new Set([...names.values()].filter((name) => name !== undefined))
  const single = others.length === 0 ? first : undefined
  const groups = new Map<string | undefined, Fact[]>()
  for (const fact of facts) {
    const node = fact.node === undefined ? single : names.get(fact.node)
    const group = groups.get(node)
    if (group !== undefined) group.push(fact)
    // A name tells nothing by itself.
    else if (fact.kind !== 'name' && groups.size < NODES_AT_MOST) groups.set(node, [fact])
  }
  const shared = versionsOf(groups.get(undefined) ?? [])
  const nodes = [...groups].map(([node, own]) => ({
    node,
    facts: inOrder(own).filter(isNews()),
    versions: inOrderOfNames(new Map([...shared, ...versionsOf(own)])),
  }))
  if (nodes.length === 0) return [{ node: undefined, facts: [], versions: new Map() }]
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

/**
 * The name of each node by every name that it is called: `n1` is `n1.example.com`, `10.0.0.7` and that of
 * its pods, too. Undefined for a pod of which nothing tells where it is.
 */
function namesOf(facts: readonly Fact[]): ReadonlyMap<string, string | undefined> {
  const all = new Set(facts.flatMap(({ node }) => (node === undefined ? [] : [node])))
  const names = new Map<string, string | undefined>()
  for (const name of all) {
    const short = name.split('.')[0] ?? name
    const isAddress = /^[\d.]+$|:/.test(name)
    names.set(name, isPod(name) ? undefined : !isAddress && all.has(short) ? short : name)
  }
  for (const fact of facts) {
    if (fact.kind !== 'name' || fact.node === undefined || !all.has(fact.name)) continue
    names.set(fact.name, names.get(fact.node))
  }
  return names
}

function isPod(name: string): boolean {
  return name.startsWith('pod:')
}

function inOrder(facts: readonly Fact[]): readonly Fact[] {
  return facts.toSorted((left, right) => orderOf(left) - orderOf(right))
}

function orderOf({ atMs }: Fact): number {
  return atMs ?? Number.MAX_SAFE_INTEGER
}

/** Whether a fact is no version that was told before. */
function isNews(): (fact: Fact) => boolean {
  const told = new Map<Component, string>()
  return (fact) => {
    if (fact.kind !== 'version') return true
    const isKnown = told.get(fact.component) === fact.version
    told.set(fact.component, fact.version)
    return !isKnown
  }
}

function versionsOf(facts: readonly Fact[]): Map<Component, VersionFact> {
  const versions = new Map<Component, VersionFact>()
  // What a command printed has no time, and is as true as the last line of a log; a log has the time.
  for (const fact of inOrder(facts).toReversed()) {
    if (fact.kind !== 'version') continue
    const last = versions.get(fact.component)
    if (last === undefined || last.atMs === undefined) versions.set(fact.component, fact)
  }
  return versions
}

function inOrderOfNames<Value>(map: ReadonlyMap<Component, Value>): ReadonlyMap<Component, Value> {
  return new Map([...map].toSorted(([left], [right]) => (left < right ? -1 : 1)))
}
