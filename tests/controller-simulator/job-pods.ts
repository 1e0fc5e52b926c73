import type { KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import type { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import type { Random } from '../../packages/fairlead/src/random.ts'
import { endOf, JOBS } from '../../packages/fairlead/src/upgrade/executors/jobs.ts'
import type { Fleet } from './fleet.ts'
import type { Change } from './history.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What Jobs are, and do, in the tests that have them. */
export interface JobKind {
  readonly namespace: string
  readonly workOf: (job: KubeObject) => { readonly node: string; readonly version: string }
  /** A node has one pod at a time: the anti-affinity of system-upgrade-controller's `exclusive`. */
  readonly exclusive?: boolean
  /** A node goes on without the pod, and does not listen to another before it is through, as Talos does. */
  readonly detached?: boolean
}

/** What simulated machines live in. */
export interface SimulatedWorld {
  readonly server: MemoryApiServer
  readonly clock: VirtualClock
  readonly random: Random
  readonly fleet: Fleet
}

/**
 * The Job controller and the kubelets, late as they are: pods that begin, end with their node's move, fail now and then, and
 * are ended when their Job is suspended, deleted or too old.
 */
export class JobPods {
  readonly #world: SimulatedWorld
  readonly #kind: JobKind
  /** The pods, by their Jobs. */
  readonly #running = new Map<string, { readonly uid: string; readonly node: string }>()
  /** The Job whose pod was the last to begin on a node. */
  readonly #last = new Map<string, string>()
  readonly #dueMs = new Map<string, number>()
  readonly #failed = new Set<string>()

  constructor(world: SimulatedWorld, kind: JobKind) {
    this.#world = world
    this.#kind = kind
  }

  onWrite({ kind, name, object }: Change): void {
    if (kind === 'Job') this.#soon(2_000, () => this.#sync(name))
    if (kind !== 'Node') return
    for (const [job, pod] of this.#running) {
      if (pod.node !== name) continue
      if (object === undefined) this.#lose(job)
      else if (this.#last.get(name) === job) this.#end(job, name)
    }
  }

  /** What the Job controller makes of a Job as it is now. */
  #sync(name: string): void {
    const job = this.#job(name)
    const pod = this.#running.get(name)
    if (pod !== undefined && pod.uid !== job?.metadata.uid) return this.#kill(name)
    if (job === undefined || endOf(job) !== undefined) return
    const { suspend = false, parallelism = 1 } = Object(job.spec)
    if (suspend !== true) return this.#begin(name, job, parallelism === 1)
    if (pod !== undefined) this.#kill(name)
    else if (!isSuspended(job)) this.#tell(name, 'Suspended', 0)
  }

  #begin(name: string, job: KubeObject, may: boolean): void {
    const { clock, fleet } = this.#world
    const { uid = '' } = job.metadata
    const { node, version } = this.#kind.workOf(job)
    const deadlineMs = Number(Object(job.spec).activeDeadlineSeconds) * 1000
    const dueMs = this.#dueMs.get(uid) ?? clock.now() + deadlineMs
    if (!this.#dueMs.has(uid)) clock.at(dueMs, () => this.#sync(name))
    this.#dueMs.set(uid, dueMs)
    if (clock.now() >= dueMs) {
      if (this.#running.has(name)) this.#kill(name)
      this.#tell(name, 'Failed', 0)
      return
    }
    if (!may || this.#running.has(name)) return
    const isTaken = [...this.#running.values()].some((pod) => pod.node === node)
    if (fleet.node(node) === undefined || (isTaken && this.#kind.exclusive === true)) {
      clock.at(clock.now() + 1_000, () => this.#sync(name))
      return
    }
    this.#running.set(name, { uid, node })
    this.#tell(name, undefined, 1)
    this.#run(name, node, version)
  }

  #run(name: string, node: string, version: string): void {
    const { fleet, random } = this.#world
    // Each move of a node may come to nothing once.
    if (random.below(12) === 0 && !this.#failed.has(`${node} ${version}`)) {
      this.#failed.add(`${node} ${version}`)
      this.#soon(5_000, () => {
        if (this.#running.delete(name)) this.#tell(name, 'Failed', 0)
      })
      return
    }
    this.#last.set(node, name)
    if (this.#kind.detached === true && fleet.isMoving(node)) return
    fleet.send(node, version)
    // Of two that work on a node at once, either may be the last.
    for (const [other, pod] of this.#running) {
      if (other === name || pod.node !== node || this.#kind.detached === true) continue
      this.#soon(10_000, () => {
        const job = this.#job(other)
        if (this.#running.get(other) !== pod || job === undefined) return
        this.#last.set(node, other)
        fleet.send(node, this.#kind.workOf(job).version)
      })
    }
  }

  /** A pod ends when its node says what came of the move. */
  #end(job: string, node: string): void {
    const outcome = this.#world.fleet.outcomeOf(node)
    if (outcome === undefined) return
    this.#running.delete(job)
    this.#soon(1_000, () => this.#tell(job, outcome === 'active' ? 'Complete' : 'Failed', 0))
  }

  #lose(job: string): void {
    this.#running.delete(job)
    this.#soon(1_000, () => this.#tell(job, undefined, 0))
  }

  #kill(job: string): void {
    const pod = this.#running.get(job)
    this.#soon(3_000, () => {
      if (pod === undefined || this.#running.get(job) !== pod) return
      this.#running.delete(job)
      const isLast = this.#last.get(pod.node) === job
      if (isLast && this.#kind.detached !== true) this.#world.fleet.halt(pod.node)
      this.#sync(job)
    })
  }

  #tell(name: string, type: string | undefined, active: number): void {
    const job = this.#job(name)
    if (job === undefined || endOf(job) !== undefined) return
    const conditions = type === undefined ? [] : [{ type, status: 'True' }]
    this.#world.server.store.put(JOBS, { ...job, status: { active, conditions } })
  }

  #job(name: string): KubeObject | undefined {
    return this.#world.server.store.objects(JOBS).get(`${this.#kind.namespace}/${name}`)
  }

  #soon(withinMs: number, run: () => void): void {
    const { clock, random } = this.#world
    clock.at(clock.now() + random.below(withinMs), run)
  }
}

function isSuspended(job: KubeObject): boolean {
  return JSON.stringify(job.status ?? {}).includes('"Suspended"')
}
