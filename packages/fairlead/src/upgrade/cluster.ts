import { isUnderWay, type NodeNote } from './node-contract.ts'

/** A Node object, as far as an upgrade looks at it. Replaced as a whole when the node changes. */
export interface NodeView {
  readonly name: string
  readonly uid: string
  readonly ready: boolean
  /** What changes whenever the Ready condition does, so that no lapse between two looks is missed. */
  readonly readyMark: string | number
  /** Why it is not healthy though Ready: a condition that a gate asks for. */
  readonly unhealthy?: string
  readonly cordoned: boolean
  /** What it runs; undefined where nothing says so. */
  readonly version: string | undefined
  readonly zone: string
  /** Whether the canary's selector takes it. */
  readonly canary: boolean
  readonly note: NodeNote | undefined
}

/** Nodes and the order in which they come, which many clusters may begin with. */
export interface Census {
  readonly nodes: ReadonlyMap<string, NodeView>
  readonly order: readonly string[]
}

/** Puts nodes into their order: zone by zone, and within one by a hash, so that a wave is not one rack. */
export function census(nodes: readonly NodeView[]): Census {
  const keyed = nodes.map((node) => ({ node, hash: hashOf(node.name) }))
  keyed.sort(
    (a, b) =>
      compare(a.node.zone, b.node.zone) || a.hash - b.hash || compare(a.node.name, b.node.name),
  )
  return {
    nodes: new Map(nodes.map((node) => [node.name, node])),
    order: keyed.map(({ node }) => node.name),
  }
}

/**
 * The nodes that an upgrade is about, with what a decision asks for at hand, kept up to date node by node: a
 * decision costs what is in flight, and not what there is.
 */
export class Cluster {
  readonly upgrade: string
  readonly #version: string
  /** Nodes that take no pods, or should not: not Ready, not healthy, cordoned by somebody. */
  readonly unwell: Set<string> = new Set<string>()
  /** Nodes that this upgrade has under its hands, by their notes. */
  readonly underWay: Set<string> = new Set<string>()
  /** Nodes that are done, by wave. */
  readonly done: Map<number, Set<string>> = new Map<number, Set<string>>()
  readonly rolledBack: Set<string> = new Set<string>()
  /** How many nodes have not begun, and do not run the version already. */
  untouched = 0
  readonly #changed = new Map<string, NodeView | undefined>()
  #base: Census
  #size: number
  /** For each place in the order the next that may be pending: itself, or one further on. */
  #next: Uint32Array

  /** `upgrade` is the uid of the one that they are seen for, `version` its target. */
  constructor(upgrade: string, version: string, base: Census = { nodes: new Map(), order: [] }) {
    this.upgrade = upgrade
    this.#version = version
    this.#base = base
    this.#size = base.nodes.size
    this.#next = places(base)
    for (const node of base.nodes.values()) this.#count(node)
  }

  get size(): number {
    return this.#size
  }

  get(name: string): NodeView | undefined {
    return this.#changed.has(name) ? this.#changed.get(name) : this.#base.nodes.get(name)
  }

  set(node: NodeView): void {
    const before = this.get(node.name)
    if (before !== undefined) this.#discount(before)
    this.#changed.set(node.name, node)
    this.#count(node)
    if (before === undefined || before.zone !== node.zone) this.#takeCensus()
    else if (before.version !== node.version || before.note !== node.note) this.#mayBePending(node)
  }

  delete(name: string): void {
    const before = this.get(name)
    if (before === undefined) return
    this.#discount(before)
    this.#changed.set(name, undefined)
    this.#takeCensus()
  }

  countDone(): number {
    let done = 0
    for (const names of this.done.values()) done += names.size
    return done
  }

  /** The note of this upgrade on a node. */
  noteOf(node: NodeView): NodeNote | undefined {
    return node.note?.upgrade === this.upgrade ? node.note : undefined
  }

  isPending(node: NodeView): boolean {
    return this.noteOf(node) === undefined && node.version !== this.#version
  }

  /** In their order, the nodes that have not begun and do not run the version already. */
  *pending(): Generator<NodeView> {
    const { order } = this.#base
    const next = this.#next
    for (let index = this.#nextFrom(0); index < order.length; index = this.#nextFrom(index + 1)) {
      const node = this.get(order[index] ?? '')
      if (node !== undefined && this.isPending(node)) yield node
      else next[index] = index + 1
    }
  }

  /** What was passed over is not walked over again: each step makes the way shorter for those that come after. */
  #nextFrom(place: number): number {
    const next = this.#next
    let at = place
    for (let to = next[at] ?? at; to !== at; to = next[at] ?? at) {
      next[at] = next[to] ?? to
      at = to
    }
    return at
  }

  *all(): Generator<NodeView> {
    for (const name of this.#base.order) {
      const node = this.get(name)
      if (node !== undefined) yield node
    }
  }

  /** A node that an upgrade was through with is one to begin with again, e.g. when somebody took its note away. */
  #mayBePending(node: NodeView): void {
    if (this.noteOf(node) === undefined) this.#next = places(this.#base)
  }

  #takeCensus(): void {
    const nodes = [...this.#base.nodes.keys(), ...this.#changed.keys()].flatMap(
      (name) => this.get(name) ?? [],
    )
    this.#base = census([...new Set(nodes)])
    this.#changed.clear()
    this.#size = this.#base.nodes.size
    this.#next = places(this.#base)
  }

  #count(node: NodeView): void {
    const note = this.noteOf(node)
    if (!isWell(node)) this.unwell.add(node.name)
    if (this.isPending(node)) this.untouched++
    if (note !== undefined && isUnderWay(note)) this.underWay.add(node.name)
    if (note?.phase === 'rolled-back') this.rolledBack.add(node.name)
    if (note?.phase !== 'done') return
    const wave = this.done.get(note.wave)
    if (wave === undefined) this.done.set(note.wave, new Set([node.name]))
    else wave.add(node.name)
  }

  #discount(node: NodeView): void {
    this.unwell.delete(node.name)
    if (this.isPending(node)) this.untouched--
    this.underWay.delete(node.name)
    this.rolledBack.delete(node.name)
    if (node.note !== undefined) this.done.get(node.note.wave)?.delete(node.name)
  }
}

function places({ order }: Census): Uint32Array {
  return Uint32Array.from({ length: order.length + 1 }, (_, index) => index)
}

/** Whether a node takes pods. */
export function isWell(node: NodeView): boolean {
  return node.ready && node.unhealthy === undefined && !node.cordoned
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
