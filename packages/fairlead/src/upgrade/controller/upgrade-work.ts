import type { KubeError, KubeObject } from '../../kube/api.ts'
import { NODES } from '../../kube/resources.ts'
import type { Clock } from '../../ports.ts'
import type { NodeView } from '../cluster.ts'
import { decide, type Decision, type Upgrade } from '../decide.ts'
import type { Executor } from '../executors/executor.ts'
import type { Progress } from '../node-step.ts'
import type { UpgradeStatus } from '../status.ts'
import { Stopwatch } from '../stopwatch.ts'
import { type Tally, tallyOf } from '../tally.ts'
import { conditionsOf } from './conditions.ts'
import type { Gates } from './gates.ts'
import { RUNTIME_UPGRADES } from '../resource.ts'
import { inBatches } from './batches.ts'
import { KnownNodes } from './known-nodes.ts'
import { NodeSteps, type StepWorld } from './node-steps.ts'
import { upgradeOf, upgradeRef } from './upgrade-object.ts'

/** What the work on an upgrade is done with. */
export interface WorkWorld extends StepWorld {
  readonly clock: Clock
  /** The nodes of the cluster, as a reflector keeps them. */
  readonly nodes: () => ReadonlyMap<string, KubeObject>
  readonly executorFor: (upgrade: Upgrade) => Executor
  readonly gatesFor: (upgrade: Upgrade) => Gates
}

const CALL_TIMEOUT_MS = 10_000
/** So long after a write, or a call that failed, it looks again. */
const SOON_MS = 1_000
const DECISIONS_MAX = 3
/** Keeps an upgrade that is deleted until the nodes under way have come to an end. */
const FINALIZER = 'fairlead.dev/nodes-under-way'

/**
 * The work on one RuntimeUpgrade. It keeps nothing that it could not find again in the API: a look reads the upgrade,
 * decides, takes the steps of its nodes and stores the status, each write against the version that was decided on. So it
 * may end anywhere, and two of it may work at once: the slower one's writes are refused.
 */
export class UpgradeWork {
  readonly #name: string
  readonly #world: WorkWorld
  readonly #watch: Stopwatch
  readonly #nodes = new KnownNodes()
  /** What was left on nodes that are drained, as it was last seen. */
  readonly #left = new Map<string, string | undefined>()
  #upgrade: Upgrade | undefined
  #executor: Executor | undefined
  #gates: Gates | undefined
  #steps: NodeSteps | undefined

  constructor(name: string, world: WorkWorld) {
    this.#name = name
    this.#world = world
    this.#watch = new Stopwatch(() => world.clock.now())
  }

  /** A node has come or changed. */
  nodeChanged(node: KubeObject): void {
    this.#nodes.changed(node)
  }

  nodeRemoved(name: string): void {
    this.#nodes.removed(name)
  }

  /** What its Events are about; undefined before it was looked at. */
  get upgrade(): { readonly name: string; readonly uid: string } | undefined {
    return this.#upgrade && { name: this.#name, uid: this.#upgrade.uid }
  }

  /** How far it is, as it was last decided on; undefined before. */
  tally(): Tally | undefined {
    return this.#upgrade && tallyOf(this.#upgrade, this.#nodes.cluster)
  }

  /** Looks once, and does what comes next; when to look again, or that the upgrade is no more. */
  async look(signal: AbortSignal): Promise<number | 'gone' | undefined> {
    const { api, onEvent } = this.#world
    const read = await api.get(upgradeRef(this.#name), { timeoutMs: CALL_TIMEOUT_MS, signal })
    if (!read.ok) {
      if (read.error.reason === 'not-found') return 'gone'
      onEvent({ type: 'failed', what: 'reading it', error: read.error })
      return SOON_MS
    }
    const upgrade = upgradeOf(read.value)
    if (typeof upgrade === 'string') {
      onEvent({ type: 'invalid', problem: upgrade })
      return undefined
    }
    if (await this.#keepFinalizer(read.value, upgrade, signal)) return SOON_MS
    const wanted = this.#take(read.value, upgrade)
    await this.#gates?.look((upgrade.status?.started ?? 0) > 0, signal)
    const unseen = await this.#executor?.look?.(signal)
    if (unseen !== undefined) this.#tell('looking at what its executor does', unseen)
    const confirmed = await this.#confirmed(wanted, signal)
    if (confirmed === undefined || signal.aborted) return SOON_MS
    const { decision, objects } = confirmed
    const acted = (await this.#steps?.take(decision.nodes, objects, signal)) ?? false
    const isNews = decision.status !== wanted.status
    if (isNews) await this.#store(read.value, decision.status, signal)
    const dueMs = acted || isNews ? SOON_MS : Number.POSITIVE_INFINITY
    const againInMs = Math.min(dueMs, decision.againInMs ?? Number.POSITIVE_INFINITY)
    return Number.isFinite(againInMs) ? againInMs : undefined
  }

  /** Adds the finalizer, or takes it away when an upgrade that is deleted has no node under way; whether it did. */
  async #keepFinalizer(
    object: KubeObject,
    { status }: Upgrade,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { finalizers = [], deletionTimestamp, resourceVersion } = object.metadata
    const isKept = finalizers.includes(FINALIZER)
    const isOver = deletionTimestamp !== undefined && (status?.inFlight ?? []).length === 0
    if (isKept !== isOver) return false
    if (!isKept && deletionTimestamp !== undefined) return false
    const others = finalizers.filter((one) => one !== FINALIZER)
    const metadata = { resourceVersion, finalizers: isOver ? others : [...others, FINALIZER] }
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal, kind: 'merge' } as const
    const result = await this.#world.api.patch(upgradeRef(this.#name), { metadata }, call)
    if (!result.ok) this.#tell('its finalizer', result.error)
    return true
  }

  /** Makes an upgrade the one that is worked on. */
  #take({ metadata }: KubeObject, upgrade: Upgrade): Upgrade {
    const before = this.#upgrade
    this.#upgrade = upgrade
    if (before?.uid !== upgrade.uid || before.generation !== upgrade.generation) {
      const executor = this.#world.executorFor(upgrade)
      const gates = this.#world.gatesFor(upgrade)
      const { version } = upgrade.spec.target
      this.#executor = executor
      this.#gates = gates
      this.#nodes.see(upgrade, executor, this.#world.nodes())
      const course = { version, executor, gates }
      this.#steps = new NodeSteps(this.#world, this.#nodes, course, this.#left)
    }
    if (metadata.deletionTimestamp === undefined) return upgrade
    // One that is deleted begins nothing, and leaves no node half-way.
    const { onFailure } = upgrade.spec
    const spec = {
      ...upgrade.spec,
      paused: true,
      onFailure: onFailure === 'pause' ? ('rollback-node' as const) : onFailure,
    }
    return { ...upgrade, spec }
  }

  /** A decision whose new nodes, and those that are gone, were looked at in the API itself and not in a copy. */
  async #confirmed(
    upgrade: Upgrade,
    signal: AbortSignal,
  ): Promise<{ decision: Decision; objects: ReadonlyMap<string, KubeObject> } | undefined> {
    for (let round = 0; round < DECISIONS_MAX; round++) {
      const decision = this.#decide(upgrade)
      // What is written later is written against these, whatever a watch tells in the meantime.
      const objects = new Map<string, KubeObject>()
      for (const { node } of decision.nodes) {
        const known = this.#nodes.get(node.name)
        if (known !== undefined) objects.set(node.name, known)
      }
      const before = new Set((upgrade.status?.inFlight ?? []).map(({ node }) => node))
      const begun = decision.status.inFlight.filter(({ node }) => !before.has(node))
      const names = [...begun.map(({ node }) => node), ...decision.gone]
      // As the decision saw them: a watch may tell of a change while they are read.
      const seen = names.map((name) => ({ name, before: this.#nodes.cluster.get(name) }))
      const looked = await inBatches(seen, (one) => this.#lookAt(one, signal))
      if (looked.includes('failed')) return undefined
      if (!looked.includes('other')) return { decision, objects }
    }
    return undefined
  }

  /** Whether a node is in the API as it was thought to be. */
  async #lookAt(
    { name, before }: { readonly name: string; readonly before: NodeView | undefined },
    signal: AbortSignal,
  ): Promise<'same' | 'other' | 'failed'> {
    const ref = { resource: NODES, name }
    const read = await this.#world.api.get(ref, { timeoutMs: CALL_TIMEOUT_MS, signal })
    if (!read.ok && read.error.reason !== 'not-found') {
      this.#tell(`reading node ${name}`, read.error)
      return 'failed'
    }
    if (read.ok) this.#nodes.learn(read.value)
    else this.#nodes.removed(name)
    return JSON.stringify(this.#nodes.cluster.get(name)) === JSON.stringify(before)
      ? 'same'
      : 'other'
  }

  #decide(upgrade: Upgrade): Decision {
    const gates = this.#gates
    return decide(upgrade, this.#nodes.cluster, {
      watch: this.#watch,
      wallMs: this.#world.wallMs(),
      drainLeft: ({ name }) =>
        this.#left.has(name) ? this.#left.get(name) : 'its pods are looked at',
      progress: (node, version) => this.#progress(node, version),
      ...(gates?.alarm === undefined ? {} : { alarm: gates.alarm }),
      ...(gates?.hold === undefined ? {} : { hold: gates.hold }),
      ...(gates?.preflight === undefined ? {} : { preflight: gates.preflight }),
      gate: (node) => this.#gate(node),
    })
  }

  #progress(view: NodeView, version: string): Progress {
    const node = this.#nodes.get(view.name)
    if (node === undefined || view.note === undefined || this.#executor === undefined) {
      return { at: 'on-the-way', why: 'is not known' }
    }
    return this.#executor.progress({ node, note: view.note, version })
  }

  #gate({ name }: NodeView): Progress {
    const node = this.#nodes.get(name)
    if (node === undefined) return { at: 'on-the-way', why: 'is not known' }
    return this.#gates?.progress(node) ?? { at: 'there' }
  }

  async #store(object: KubeObject, status: UpgradeStatus, signal: AbortSignal): Promise<void> {
    const conditions = conditionsOf(
      status,
      this.#upgrade?.status?.conditions ?? [],
      this.#world.wallMs(),
    )
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal, subresource: 'status' } as const
    const after = { ...object, status: { ...status, conditions } }
    const written = await this.#world.api.replace(RUNTIME_UPGRADES, after, call)
    const before = this.#upgrade?.status
    const { phase, wave, message } = status
    const failures = status.failures.slice(before?.failures.length ?? 0)
    if (written.ok) {
      this.#world.onEvent({ type: 'status', before, phase, wave, message, failures })
    }
    // One that has been changed meanwhile is decided on again.
    else if (written.error.reason !== 'conflict') this.#tell('storing its status', written.error)
  }

  #tell(what: string, error: Pick<KubeError, 'message'>): void {
    this.#world.onEvent({ type: 'failed', what, error })
  }
}
