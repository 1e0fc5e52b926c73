import type { KubeApi, KubeError, KubeObject } from '../../kube/api.ts'
import { NODES } from '../../kube/resources.ts'
import type { NodeDecision } from '../decide.ts'
import type { Executor } from '../executors/executor.ts'
import { NOTE } from '../node-contract.ts'
import { entered } from '../note.ts'
import { inBatches } from './batches.ts'
import { drainNode } from './drain.ts'
import type { Gates } from './gates.ts'
import type { KnownNodes } from './known-nodes.ts'
import type { WorkEvent } from './work-event.ts'

/** What steps are taken with. */
export interface StepWorld {
  readonly api: KubeApi
  readonly wallMs: () => number
  readonly onEvent: (event: WorkEvent) => void
}

/** Who takes the steps, and where to. */
interface StepCourse {
  readonly version: string
  readonly executor: Executor
  readonly gates: Gates
}

const CALL_TIMEOUT_MS = 10_000

/** Takes the steps that were decided on, each against the node that it was decided on. */
export class NodeSteps {
  readonly #world: StepWorld
  readonly #nodes: KnownNodes
  readonly #course: StepCourse
  /** What was left on nodes that are drained, as it was last seen. */
  readonly #left: Map<string, string | undefined>

  constructor(
    world: StepWorld,
    nodes: KnownNodes,
    course: StepCourse,
    left: Map<string, string | undefined>,
  ) {
    this.#world = world
    this.#nodes = nodes
    this.#course = course
    this.#left = left
  }

  /** Takes the steps of the nodes; whether there was anything to do. */
  async take(
    nodes: readonly NodeDecision[],
    objects: ReadonlyMap<string, KubeObject>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const tasks = nodes.filter(({ step }) => step.do !== 'wait' && step.do !== 'fail')
    await inBatches(tasks, (one) => this.#actOn(one, objects.get(one.node.name), signal))
    return tasks.length > 0
  }

  async #actOn(
    one: NodeDecision,
    node: KubeObject | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { node: view, step } = one
    const { name } = view
    if (signal.aborted || node === undefined) return
    if (step.do === 'drain') {
      const { api } = this.#world
      this.#left.set(name, await drainNode(name, api, signal))
      return
    }
    if (step.do === 'move' && view.note !== undefined) {
      const move = { node, note: view.note, version: step.version }
      const failure = await this.#course.executor.move(move, signal)
      if (failure !== undefined) this.#tell(`moving ${name}`, failure)
      return
    }
    if (step.do === 'gate') {
      const failure = await this.#course.gates.begin(node, signal)
      if (failure !== undefined) this.#tell(`the gate of ${name}`, failure)
      return
    }
    if (step.do === 'enter') await this.#enter(one, step, node, signal)
  }

  /** A node's entering a phase: one write, refused if the node has changed since it was looked at. */
  async #enter(
    one: NodeDecision,
    step: Extract<NodeDecision['step'], { do: 'enter' }>,
    node: KubeObject,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, resourceVersion } = node.metadata
    const { cluster } = this.#nodes
    const { note, cordoned } = entered(one, step, cluster, this.#world.wallMs())
    this.#left.delete(name)
    const version =
      step.phase === 'upgrade'
        ? this.#course.version
        : step.phase === 'rollback'
          ? note.from
          : undefined
    const marks = this.#course.executor.marksFor(step.phase, version)
    const annotations = { [NOTE]: JSON.stringify(note), ...marks.annotations }
    const patch = {
      metadata: { resourceVersion, annotations, ...(marks.labels && { labels: marks.labels }) },
      spec: { unschedulable: cordoned ? true : null },
    }
    const ref = { resource: NODES, name }
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal, kind: 'merge' } as const
    const written = await this.#world.api.patch(ref, patch, call)
    if (!written.ok) {
      if (written.error.reason !== 'conflict') this.#tell(`writing node ${name}`, written.error)
      return
    }
    this.#nodes.learn(written.value)
    const reason = step.reason === undefined ? {} : { reason: step.reason }
    const begins = cluster.noteOf(one.node) === undefined
    const { phase } = step
    this.#world.onEvent({
      type: 'node',
      node: name,
      phase,
      begins,
      version: this.#course.version,
      ...reason,
    })
  }

  #tell(what: string, error: Pick<KubeError, 'message'>): void {
    this.#world.onEvent({ type: 'failed', what, error })
  }
}
