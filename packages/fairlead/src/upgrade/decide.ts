import type { Cluster, NodeView } from './cluster.ts'
import { lookAtDone } from './done-nodes.ts'
import { type NodeStep, nodeStep, obstacleOf, type Surroundings } from './node-step.ts'
import { claimBack, roomIn } from './places.ts'
import { countOf } from './quantity.ts'
import type { RollbackScope, UpgradeSpec } from './spec.ts'
import type { Flight, NodeFailure, UpgradePhase, UpgradeStatus } from './status.ts'
import { begun } from './waves.ts'
import { isOpen } from './windows.ts'

/** A RuntimeUpgrade as it is stored. */
export interface Upgrade {
  readonly uid: string
  readonly name: string
  readonly generation?: number
  readonly spec: UpgradeSpec
  /** Undefined before anybody has looked at it. */
  readonly status: UpgradeStatus | undefined
}

/** What comes next for one node in flight. */
export interface NodeDecision {
  readonly node: NodeView
  readonly wave: number
  readonly step: NodeStep
}

/** What comes next for an upgrade. */
export interface Decision {
  /** For the nodes that the stored status names, and no others. */
  readonly nodes: readonly NodeDecision[]
  /**
   * The status to store in place of the one that was decided on; the same object where nothing changes. Nodes that
   * are new in `inFlight` begin when it is stored, and not before.
   */
  readonly status: UpgradeStatus
  /** Nodes of `inFlight` that are not there any more. */
  readonly gone: readonly string[]
  /** When to look again though nothing has changed. */
  readonly againInMs: number | undefined
}

const SCOPES: Readonly<Record<UpgradeSpec['onFailure'], RollbackScope | undefined>> = {
  pause: undefined,
  'rollback-node': 'node',
  'rollback-wave': 'wave',
  'rollback-all': 'all',
}

/** So often a gate that does not hold is looked at. */
const GATE_EVERY_MS = 15_000
const UNDER_WAY = 'its nodes are under way'
/** So long nodes that cannot begin are waited for when there are no others. */
const LEAVE_OUT_AFTER_MS = 600_000

/**
 * What comes next, from the objects of the API alone: the upgrade, its nodes with their notes, and how long things have
 * been as they are. It does nothing, and asked twice it says the same; so it may be stopped and begun
 * again anywhere. What it costs grows with what is in flight, not with the cluster.
 */
export function decide(upgrade: Upgrade, cluster: Cluster, around: Surroundings): Decision {
  return new Deciding(upgrade, cluster, around).run()
}

class Deciding {
  readonly #upgrade: Upgrade
  readonly #spec: UpgradeSpec
  readonly #cluster: Cluster
  readonly #around: Surroundings
  readonly #before: UpgradeStatus
  readonly #max: number
  #inFlight: Flight[] = []
  #failures: NodeFailure[]
  #wave: number
  #waves: UpgradeStatus['waves']
  #started: number
  #againInMs: number | undefined
  readonly #gone: string[] = []
  readonly #nodes: NodeDecision[] = []

  constructor(upgrade: Upgrade, cluster: Cluster, around: Surroundings) {
    this.#upgrade = upgrade
    this.#spec = upgrade.spec
    this.#cluster = cluster
    this.#around = around
    this.#before = upgrade.status ?? begun(upgrade.spec, cluster, around)
    this.#failures = this.#before.failures
    this.#wave = this.#before.wave
    this.#waves = this.#before.waves
    this.#started = this.#before.started
    this.#max = Math.max(1, countOf(upgrade.spec.maxUnavailable, this.#before.total))
  }

  run(): Decision {
    const { phase } = this.#before
    const isBackAsked = this.#spec.rollback !== undefined
    if (phase === 'RolledBack' || (phase === 'Complete' && !isBackAsked)) return this.#over()
    this.#lookAtFlights()
    this.#adopt()
    const done = lookAtDone(this.#failures, this.#spec, this.#cluster, this.#around.watch)
    for (const { node, wave, reason } of done.failed) this.#fail(node, wave, 'done', reason)
    this.#lookAgainIn(done.againInMs)
    const scope = this.#scope()
    const isForward =
      scope === undefined || (scope === 'node' && !this.#isStopped() && !isBackAsked)
    const [next, message] = isForward ? this.#forward() : this.#backward(scope, this.#spec.rollback)
    return this.#decision(next, message)
  }

  #over(): Decision {
    return { nodes: [], status: this.#before, gone: [], againInMs: undefined }
  }

  #lookAtFlights(): void {
    const scope = this.#scope()
    const held = this.#spec.paused || this.#isStopped()
    for (const flight of this.#before.inFlight) {
      const node = this.#cluster.get(flight.node)
      if (node === undefined || node.uid !== flight.uid) {
        this.#around.watch.forget(flight.node)
        this.#gone.push(flight.node)
        continue
      }
      const failure = this.#failureOf(node.name)?.reason
      const back = flight.back === true || this.#isInScope(scope, node.name, flight.wave)
      const course = { spec: this.#spec, back, failure, held }
      const step = nodeStep(node, flight, course, this.#cluster, this.#around)
      if (step.do === 'leave') {
        this.#around.watch.forget(node.name)
        const note = this.#cluster.noteOf(node)
        if (note?.phase === 'done') this.#around.watch.elapsed(node.name, 'done', note.since)
        continue
      }
      this.#inFlight.push(flight)
      const phase = this.#cluster.noteOf(node)?.phase ?? 'none'
      if (step.do === 'fail') this.#fail(node.name, flight.wave, phase, step.reason)
      if ('againInMs' in step) this.#lookAgainIn(step.againInMs)
      this.#nodes.push({ node, wave: flight.wave, step })
    }
  }

  /** Nodes with a note of this upgrade that its status does not name: somebody has put back an old status. */
  #adopt(): void {
    if (this.#cluster.underWay.size <= this.#inFlight.length) return
    const known = new Set(this.#inFlight.map(({ node }) => node))
    for (const name of this.#cluster.underWay) {
      const node = this.#cluster.get(name)
      const note = node && this.#cluster.noteOf(node)
      if (known.has(name) || node === undefined || note === undefined) continue
      this.#inFlight.push({ node: name, uid: node.uid, wave: note.wave })
      this.#started++
    }
  }

  #forward(): [UpgradePhase, string] {
    if (this.#isStopped()) return ['Stopped', this.#stopMessage()]
    if (this.#failures.length > 0) this.#claimBack('node')
    if (this.#spec.paused) return ['Paused', 'spec.paused is set']
    const hold = this.#begin()
    if (hold !== 'wave over') return ['Progressing', hold]
    return this.#passWave()
  }

  /** Lets nodes begin, as many as there is room for; why no more do. */
  #begin(): string {
    const upTo = this.#waves[this.#wave]?.upTo ?? 0
    if (this.#started >= upTo) return this.#inFlight.length === 0 ? 'wave over' : UNDER_WAY
    const { wallMs, alarm, hold, preflight } = this.#around
    const closed = alarm ?? hold ?? (this.#started === 0 ? preflight : undefined)
    if (closed !== undefined) {
      this.#lookAgainIn(GATE_EVERY_MS)
      return closed
    }
    if (!isOpen(this.#spec.windows, wallMs)) {
      this.#lookAgainIn(60_000)
      return 'waits for a window to open'
    }
    const approval = this.#missingApproval()
    if (approval !== undefined) return approval
    let room = this.#room()
    let zone = this.#zoneInFlight()
    let obstacle: string | undefined
    const taken = new Set(this.#inFlight.map(({ node }) => node))
    for (const node of this.#cluster.pending()) {
      if (this.#started >= upTo) return UNDER_WAY
      if (taken.has(node.name) || (this.#wave === 0 && !node.canary)) continue
      const inTheWay = obstacleOf(node)
      if (inTheWay !== undefined) {
        obstacle ??= `${node.name} ${inTheWay}`
        continue
      }
      if (room <= 0) return `maxUnavailable is ${this.#max}, and so many are out of service`
      if (zone !== undefined && zone !== node.zone) return `zone ${zone} comes before ${node.zone}`
      zone = this.#spec.zoneKey === undefined ? undefined : node.zone
      room--
      this.#started++
      this.#inFlight.push({ node: node.name, uid: node.uid, wave: this.#wave })
    }
    if (this.#inFlight.length > 0) return UNDER_WAY
    return this.#noneLeft(obstacle)
  }

  /** No node can begin, and none is under way. */
  #noneLeft(obstacle: string | undefined): string {
    if (this.#cluster.size === 0 && this.#started === 0) return 'no node is selected'
    if (this.#wave === 0 && this.#started === 0 && obstacle === undefined) {
      const { done } = this.#cluster.pending().next()
      return done === true ? 'wave over' : 'canary.nodeSelector selects none of the nodes'
    }
    if (obstacle === undefined) return 'wave over'
    const waitedMs = this.#around.watch.elapsed('', 'obstacle', this.#started)
    if (waitedMs >= LEAVE_OUT_AFTER_MS) return 'wave over'
    this.#lookAgainIn(LEAVE_OUT_AFTER_MS - waitedMs)
    return `waits for ${obstacle}`
  }

  #passWave(): [UpgradePhase, string] {
    const wave = this.#waves[this.#wave]
    const isEmpty = (this.#waves[this.#wave - 1]?.upTo ?? 0) >= (wave?.upTo ?? 0)
    const bakedMs = this.#around.watch.elapsed('', 'bake', this.#wave)
    if (!isEmpty && bakedMs < this.#spec.bake) {
      this.#lookAgainIn(this.#spec.bake - bakedMs)
      return ['Progressing', 'its nodes are done, and still watched']
    }
    const at = new Date(this.#around.wallMs).toISOString()
    this.#waves = this.#waves.map((one, index) =>
      index === this.#wave
        ? { ...one, passedAt: at }
        : index === this.#wave + 1
          ? { ...one, openedAt: at }
          : one,
    )
    if (this.#wave + 1 >= this.#waves.length) return ['Complete', this.#completeMessage()]
    this.#wave++
    this.#lookAgainIn(0)
    return ['Progressing', 'the next wave opens']
  }

  #completeMessage(): string {
    const left = [...this.#cluster.pending()].length
    return left === 0 ? 'every node is done' : `${left} nodes were left out: they could not begin`
  }

  #backward(scope: RollbackScope, asked: RollbackScope | undefined): [UpgradePhase, string] {
    const waiting = this.#claimBack(scope)
    const why = asked === undefined ? this.#stopMessage() : `spec.rollback is ${asked}`
    // Nodes that have not changed yet are not in the way: they wait for what somebody decides.
    const goesBack = this.#inFlight.some(
      ({ node, wave, back }) => back === true || this.#isInScope(scope, node, wave),
    )
    if (goesBack || waiting) return ['RollingBack', why]
    if (scope === 'all') return ['RolledBack', why]
    return ['Stopped', why]
  }

  /** Nodes that are done go back too; whether there are any of them. */
  #claimBack(scope: RollbackScope): boolean {
    const isAsked = (name: string, wave: number) => this.#isInScope(scope, name, wave)
    const free = { places: this.#max - this.#inFlight.length, room: this.#room() }
    const { flights, areThere } = claimBack(this.#inFlight, free, isAsked, this.#cluster)
    this.#inFlight.push(...flights)
    return areThere
  }

  #room(): number {
    return roomIn(this.#inFlight, this.#max, this.#cluster)
  }

  #zoneInFlight(): string | undefined {
    const [first] = this.#inFlight
    if (this.#spec.zoneKey === undefined || first === undefined) return undefined
    return this.#cluster.get(first.node)?.zone
  }

  #missingApproval(): string | undefined {
    const { approval, approvedWaves } = this.#spec
    const needs = approval === 'every-wave' || (approval === 'after-canary' && this.#wave === 1)
    if (!needs || this.#wave === 0 || approvedWaves >= this.#wave) return undefined
    return `wave ${this.#wave} waits for approval: fairlead upgrade approve ${this.#upgrade.name}`
  }

  #scope(): RollbackScope | undefined {
    if (this.#spec.rollback !== undefined) return this.#spec.rollback
    if (this.#isStopped()) return SCOPES[this.#spec.onFailure]
    // A failed node that does not stop the others goes back by itself.
    return this.#failures.length > 0 ? 'node' : undefined
  }

  #isInScope(scope: RollbackScope | undefined, name: string, wave: number): boolean {
    if (scope === undefined) return false
    if (scope === 'all' || this.#failureOf(name) !== undefined) return true
    return scope === 'wave' && wave === this.#wave
  }

  #isStopped(): boolean {
    return this.#failures.length > this.#spec.maxFailed
  }

  #stopMessage(): string {
    const last = this.#failures.at(-1)
    return last === undefined ? 'nodes have failed' : `node ${last.node} ${last.reason}`
  }

  #failureOf(name: string): NodeFailure | undefined {
    return this.#failures.find(({ node }) => node === name)
  }

  #fail(node: string, wave: number, phase: string, reason: string): void {
    const at = new Date(this.#around.wallMs).toISOString()
    this.#failures = [...this.#failures, { node, wave, reason, at, phase }]
  }

  #lookAgainIn(ms: number | undefined): void {
    if (ms !== undefined) this.#againInMs = Math.min(ms, this.#againInMs ?? Infinity)
  }

  #decision(phase: UpgradePhase, message: string): Decision {
    const status: UpgradeStatus = {
      ...this.#before,
      ...(this.#upgrade.generation === undefined
        ? {}
        : { observedGeneration: this.#upgrade.generation }),
      phase,
      message,
      wave: this.#wave,
      waves: this.#waves,
      started: this.#started,
      done: this.#cluster.countDone(),
      rolledBack: this.#cluster.rolledBack.size,
      inFlight: this.#inFlight,
      failures: this.#failures,
    }
    return {
      nodes: this.#nodes,
      status: this.#isNews(status) ? status : this.#before,
      gone: this.#gone,
      againInMs: this.#againInMs,
    }
  }

  #isNews(status: UpgradeStatus): boolean {
    const before = this.#upgrade.status
    if (before === undefined) return true
    return (
      status.inFlight.length !== before.inFlight.length ||
      status.inFlight.some((flight, index) => flight !== before.inFlight[index]) ||
      (['observedGeneration', 'phase', 'message', 'wave', 'waves', 'started'] as const).some(
        (key) => status[key] !== before[key],
      ) ||
      status.done !== before.done ||
      status.rolledBack !== before.rolledBack ||
      status.failures !== before.failures
    )
  }
}
