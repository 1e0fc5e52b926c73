import type { KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import type { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import type { Random } from '../../packages/fairlead/src/random.ts'
import { endOf, JOBS } from '../../packages/fairlead/src/upgrade/executors/jobs.ts'
import type { Fleet } from './fleet.ts'
import type { Change } from './history.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Where the Jobs are. */
export const NAMESPACE = 'system-upgrade'

/** What a Job asks for. */
export interface Work {
  readonly node: string
  readonly version: string
  readonly deadlineMs: number
}

/**
 * The Job controller and the kubelets, late as they are: pods that begin, one at a time on a node, as the anti-affinity of
 * `exclusive` has it; that end with their node's move; and that are ended when their Job is suspended, deleted or too old.
 */
export class JobPods {
  readonly #server: MemoryApiServer
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #fleet: Fleet
  readonly #workOf: (job: KubeObject) => Work
  /** The Job that has a pod, by node. */
  readonly #running = new Map<string, { readonly job: string; readonly uid: string }>()
  readonly #dueMs = new Map<string, number>()

  constructor(
    world: { server: MemoryApiServer; clock: VirtualClock; random: Random; fleet: Fleet },
    workOf: (job: KubeObject) => Work,
  ) {
    this.#server = world.server
    this.#clock = world.clock
    this.#random = world.random
    this.#fleet = world.fleet
    this.#workOf = workOf
  }

  onWrite({ kind, name, object }: Change): void {
    if (kind === 'Job') this.#soon(2_000, () => this.#sync(name))
    if (kind !== 'Node') return
    const pod = this.#running.get(name)
    if (pod === undefined) return
    if (object === undefined) this.#lose(name, pod.job)
    else this.#end(name, pod.job)
  }

  /** What the Job controller makes of a Job as it is now. */
  #sync(name: string): void {
    const job = this.#job(name)
    const [node, pod] = [...this.#running].find(([, { job }]) => job === name) ?? []
    const isOrphan = pod !== undefined && pod.uid !== job?.metadata.uid
    if (node !== undefined && isOrphan) return this.#kill(node, () => this.#sync(name))
    if (job === undefined || endOf(job) !== undefined) return
    const { suspend = false, parallelism = 0 } = Object(job.spec)
    if (suspend !== true) return this.#begin(name, job, parallelism === 1)
    if (node !== undefined) this.#kill(node, () => this.#sync(name))
    else if (!isSuspended(job)) this.#tell(name, 'Suspended', 0)
  }

  #begin(name: string, job: KubeObject, may: boolean): void {
    const { uid = '' } = job.metadata
    const { node, version, deadlineMs } = this.#workOf(job)
    const isRunning = this.#running.get(node)?.job === name
    const dueMs = this.#dueMs.get(uid) ?? this.#clock.now() + deadlineMs
    if (!this.#dueMs.has(uid)) this.#clock.at(dueMs, () => this.#sync(name))
    this.#dueMs.set(uid, dueMs)
    if (this.#clock.now() >= dueMs) {
      if (isRunning) this.#kill(node)
      this.#tell(name, 'Failed', 0)
      return
    }
    if (!may || isRunning) return
    if (this.#running.has(node) || this.#fleet.node(node) === undefined) {
      this.#clock.at(this.#clock.now() + 1_000, () => this.#sync(name))
      return
    }
    this.#running.set(node, { job: name, uid })
    this.#tell(name, undefined, 1)
    this.#fleet.send(node, version)
  }

  /** A pod ends when its node says what came of the move. */
  #end(node: string, job: string): void {
    const outcome = this.#fleet.outcomeOf(node)
    if (outcome === undefined) return
    this.#running.delete(node)
    this.#soon(1_000, () => this.#tell(job, outcome === 'active' ? 'Complete' : 'Failed', 0))
  }

  #lose(node: string, job: string): void {
    this.#running.delete(node)
    this.#soon(1_000, () => this.#tell(job, undefined, 0))
  }

  #kill(node: string, then: () => void = () => undefined): void {
    const pod = this.#running.get(node)
    this.#soon(3_000, () => {
      if (this.#running.get(node) !== pod) return
      this.#running.delete(node)
      this.#fleet.halt(node)
      then()
    })
  }

  #tell(name: string, type: string | undefined, active: number): void {
    const job = this.#job(name)
    if (job === undefined || endOf(job) !== undefined) return
    const conditions = type === undefined ? [] : [{ type, status: 'True' }]
    this.#server.store.put(JOBS, { ...job, status: { active, conditions } })
  }

  #job(name: string): KubeObject | undefined {
    return this.#server.store.objects(JOBS).get(`${NAMESPACE}/${name}`)
  }

  #soon(withinMs: number, run: () => void): void {
    this.#clock.at(this.#clock.now() + this.#random.below(withinMs), run)
  }
}

function isSuspended(job: KubeObject): boolean {
  return JSON.stringify(job.status ?? {}).includes('"Suspended"')
}
