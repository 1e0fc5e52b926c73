import { type Census, census, Cluster, type NodeView } from '../cluster.ts'
import type { NodeNote } from '../node-contract.ts'
import type { Progress } from '../node-step.ts'
import { Chances } from './chances.ts'
import { EventQueue } from './event-queue.ts'
import type { Fault, Nature } from './settings.ts'

/** Outages are drawn for the first week. */
const OUTAGES_WITHIN_MS = 7 * 24 * 3_600_000

/** No version that a policy names. */
const OLD = '(the version before)'

interface Happening {
  readonly atMs: number
  readonly node: string
  readonly what: 'drained' | 'booted' | 'breaks' | 'lapses' | 'recovers' | 'fails' | 'is repaired'
  /** Of the node; what was to happen to an earlier life of it does not. Undefined for what no life changes. */
  readonly life: number | undefined
}

interface Machine {
  readonly index: number
  life: number
  /** What it runs, or will when it has booted. */
  version: string
  isBooting: boolean
  isDrained: boolean
  isBroken: boolean
  isLapsed: boolean
  isOut: boolean
}

/** A thousand runs begin with the same nodes. */
export function nodesNamed(count: number, zones: number): Census {
  const width = String(count - 1).length
  return census(
    Array.from({ length: count }, (_, index) => ({
      name: `node-${String(index).padStart(width, '0')}`,
      uid: String(index),
      ready: true,
      readyMark: 0,
      cordoned: false,
      version: OLD,
      zone: `zone-${index % zones}`,
      canary: true,
      note: undefined,
    })),
  )
}

/** Nodes that boot, drain, lapse and break, each by the chance of the seed, in simulated time. */
export class SimulatedNodes {
  readonly cluster: Cluster
  readonly events: EventQueue<Happening> = new EventQueue<Happening>()
  readonly #machines = new Map<string, Machine>()
  readonly #chances: Chances
  #nowMs = 0
  /** Nodes that the fault has struck. */
  hurt = 0
  /** Nodes that are struck and not healed. */
  broken = 0
  /** Nodes that run the new version. */
  onNew = 0

  constructor(
    upgrade: string,
    version: string,
    base: Census,
    options: { readonly seed: number; readonly fault: Fault; readonly nature: Nature },
  ) {
    this.cluster = new Cluster(upgrade, version, base)
    this.#chances = new Chances(options)
    if (options.nature.outages > 0) this.#foretellOutages(base)
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Lets everything happen that does until then. */
  advance(toMs: number): void {
    for (;;) {
      const nextMs = this.events.nextMs
      if (nextMs === undefined || nextMs > toMs) break
      this.#nowMs = nextMs
      const event = this.events.take()
      if (event !== undefined) this.#happen(event)
    }
    this.#nowMs = toMs
  }

  /** A write of the controller's to a node. */
  write(node: NodeView, note: NodeNote, cordoned: boolean): void {
    this.cluster.set({ ...node, note, cordoned })
    if (note.phase !== 'drain') return
    const machine = this.#machineOf(node)
    machine.isDrained = false
    this.#add(machine, node.name, 'drained', this.#chances.drainMs(machine.index))
  }

  drainLeft(node: NodeView): string | undefined {
    return this.#machineOf(node).isDrained ? undefined : 'pods that still end'
  }

  progress(node: NodeView, version: string): Progress {
    const { version: runs, isBooting } = this.#machineOf(node)
    return runs === version && !isBooting ? { at: 'there' } : { at: 'on-the-way', why: 'boots' }
  }

  /** Moves a node to a version, unless that is under way already. */
  move(node: NodeView, version: string): void {
    const machine = this.#machineOf(node)
    if (machine.version === version) return
    if (version === OLD) this.onNew--
    else this.onNew++
    if (machine.isBroken) this.broken--
    machine.version = version
    machine.isBooting = true
    machine.isBroken = false
    machine.isLapsed = false
    machine.life++
    this.#add(machine, node.name, 'booted', this.#chances.bootMs(machine.index))
    this.#tellReady(node.name, machine)
  }

  #happen({ node, what, life }: Happening): void {
    const machine = this.#machines.get(node)
    if (machine === undefined || (life !== undefined && machine.life !== life)) return
    switch (what) {
      case 'drained':
        machine.isDrained = true
        return
      case 'booted':
        machine.isBooting = false
        this.#foretell(machine, node)
        break
      case 'breaks':
        machine.isBroken = true
        this.hurt++
        this.broken++
        break
      case 'lapses':
      case 'recovers':
        machine.isLapsed = what === 'lapses'
        break
      case 'fails':
      case 'is repaired':
        machine.isOut = what === 'fails'
    }
    this.#tellReady(node, machine)
  }

  #foretellOutages({ nodes }: Census): void {
    for (const node of nodes.values()) {
      const { atMs, forMs } = this.#chances.outage(Number(node.uid))
      if (atMs > OUTAGES_WITHIN_MS) continue
      this.#machineOf(node)
      this.events.add({ atMs, node: node.name, what: 'fails', life: undefined })
      const repairedMs = atMs + forMs
      this.events.add({ atMs: repairedMs, node: node.name, what: 'is repaired', life: undefined })
    }
  }

  #foretell(machine: Machine, node: string): void {
    const { index } = machine
    const breaksAfterMs = machine.version === OLD ? undefined : this.#chances.breaksAfterMs(index)
    if (breaksAfterMs !== undefined) this.#add(machine, node, 'breaks', breaksAfterMs)
    const lapse = this.#chances.lapse(index)
    if (lapse === undefined) return
    this.#add(machine, node, 'lapses', lapse.afterMs)
    this.#add(machine, node, 'recovers', lapse.afterMs + lapse.forMs)
  }

  #tellReady(name: string, { isBooting, isBroken, isLapsed, isOut }: Machine): void {
    const node = this.cluster.get(name)
    const ready = !isBooting && !isBroken && !isLapsed && !isOut
    if (node !== undefined && node.ready !== ready)
      this.cluster.set({ ...node, ready, readyMark: this.#nowMs })
  }

  #add(machine: Machine, node: string, what: Happening['what'], afterMs: number): void {
    this.events.add({ atMs: this.#nowMs + afterMs, node, what, life: machine.life })
  }

  #machineOf({ name, uid, version = OLD }: NodeView): Machine {
    let machine = this.#machines.get(name)
    if (machine === undefined) {
      machine = {
        index: Number(uid),
        life: 0,
        version,
        isBooting: false,
        isDrained: false,
        isBroken: false,
        isLapsed: false,
        isOut: false,
      }
      this.#machines.set(name, machine)
    }
    return machine
  }
}
