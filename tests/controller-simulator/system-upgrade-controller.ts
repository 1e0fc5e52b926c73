import { createHash } from 'node:crypto'
import type { KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import { NODES } from '../../packages/fairlead/src/kube/resources.ts'
import { labelsMatch } from '../../packages/fairlead/src/kube/selectors.ts'
import { endOf, JOBS } from '../../packages/fairlead/src/upgrade/executors/jobs.ts'
import {
  NODE_OF_JOB,
  PLAN_OF_JOB,
  PLANS,
  throughLabel,
} from '../../packages/fairlead/src/upgrade/executors/plans.ts'
import type { Change } from './history.ts'
import { JobPods, type SimulatedWorld } from './job-pods.ts'

const VERSION_OF_JOB = 'upgrade.cattle.io/version'
const HOSTNAME = 'kubernetes.io/hostname'
/** Of the manifest, SYSTEM_UPGRADE_JOB_TTL_SECONDS_AFTER_FINISH (manifests/system-upgrade-controller.yaml). */
const TTL_MS = 900_000

/** Where it is, and its Plans and Jobs. */
const NAMESPACE = 'system-upgrade'

/**
 * system-upgrade-controller v0.20.1 as far as it touches nodes, with what carries out its Jobs. It knows nodes by a cache that
 * is as late as its watch; takes Plans one pass at a time, and a pass takes time; makes a Job paused, and lets it go in
 * the next pass, when the Plan's status names its node. The paths are those of rancher/system-upgrade-controller.
 */
export class SystemUpgradeController {
  readonly #world: SimulatedWorld
  readonly #pods: JobPods
  readonly #lagMs: number
  readonly #nodes = new Map<string, KubeObject>()
  /** Plans that are worked on; whether they are to be looked at again. */
  readonly #passes = new Map<string, boolean>()
  #heardMs = 0

  constructor(world: SimulatedWorld, lagMs: number) {
    this.#world = world
    this.#lagMs = lagMs
    this.#hearAll()
    this.#pods = new JobPods(world, {
      namespace: NAMESPACE,
      exclusive: true,
      workOf: ({ metadata: { labels = {} } }) => ({
        node: labels[NODE_OF_JOB] ?? '',
        version: labels[VERSION_OF_JOB] ?? '',
      }),
    })
  }

  onWrite(change: Change): void {
    const { kind, name, object } = change
    this.#pods.onWrite(change)
    if (kind === 'Node') this.#hear(() => this.#nodeChanged(name, object))
    if (kind === 'Plan') this.#soon(500, () => this.#enqueue(name))
    if (kind === 'Job') this.#soon(500, () => this.#jobChanged(name))
  }

  /** pkg/upgrade/handle_core.go: a node that matches a Plan has it looked at; one that no longer does has not. */
  #nodeChanged(name: string, node: KubeObject | undefined): void {
    if (node === undefined) {
      this.#nodes.delete(name)
      return
    }
    this.#nodes.set(name, node)
    for (const plan of this.#plans()) if (selects(plan, node)) this.#enqueue(plan.metadata.name)
  }

  /** A kubelet writes its status every five minutes though nothing has changed (nodeStatusReportFrequency). */
  #hearAll(): void {
    const { clock } = this.#world
    clock.at(clock.now() + 300_000, () => {
      for (const [name, node] of this.#nodes) this.#nodeChanged(name, node)
      this.#hearAll()
    })
  }

  #enqueue(name: string): void {
    const isBusy = this.#passes.has(name)
    this.#passes.set(name, isBusy)
    if (!isBusy) this.#soon(200, () => this.#pass(name))
  }

  /** pkg/upgrade/handle_upgrade.go: nodes are selected, their Jobs made or let go, and then the status is written. */
  #pass(name: string): void {
    const plan = this.#plan(name)
    if (plan === undefined) return this.#passed(name)
    const { version, concurrency } = Object(plan.spec)
    // DigestStatus, without secrets (pkg/upgrade/plan/plan.go).
    const latestHash = createHash('sha224').update(String(version)).digest('hex')
    const selected = [...this.#nodes.values()]
      .filter((node) => {
        const label = node.metadata.labels?.[throughLabel(name)]
        return selects(plan, node) && label !== 'disabled' && label !== latestHash
      })
      .slice(0, concurrency)
    this.#soon(1_000, () => {
      for (const node of selected) this.#apply(plan, node, latestHash)
      this.#soon(1_000, () => {
        const applying = selected.map(({ metadata }) => metadata.name).sort()
        const now = this.#plan(name)
        const status = { latestVersion: version, latestHash, applying }
        if (now !== undefined && JSON.stringify(now.status) !== JSON.stringify(status)) {
          this.#world.server.store.put(PLANS, { ...now, status })
        }
        this.#passed(name)
      })
    })
  }

  #passed(name: string): void {
    const isAgain = this.#passes.get(name) === true
    this.#passes.delete(name)
    if (isAgain) this.#enqueue(name)
  }

  /** pkg/upgrade/job/job.go: one Job for a Plan, node and hash; paused until the status names the node. */
  #apply(plan: KubeObject, { metadata }: KubeObject, hash: string): void {
    const { server } = this.#world
    const { version, jobActiveDeadlineSecs: activeDeadlineSeconds } = Object(plan.spec)
    const parallelism = applyingOf(plan).includes(metadata.name) ? 1 : 0
    const name = `apply-${plan.metadata.name}-on-${metadata.name}-with-${hash}`
    const before = this.#job(name)
    if (before !== undefined) {
      if (Object(before.spec).parallelism === parallelism) return
      server.store.put(JOBS, { ...before, spec: { ...Object(before.spec), parallelism } })
      return
    }
    const labels = {
      ...plan.metadata.labels,
      [PLAN_OF_JOB]: plan.metadata.name,
      [NODE_OF_JOB]: metadata.name,
      [VERSION_OF_JOB]: String(version),
      [throughLabel(plan.metadata.name)]: hash,
    }
    const spec = { parallelism, activeDeadlineSeconds }
    server.seed(JOBS, { metadata: { name, namespace: NAMESPACE, labels }, spec })
  }

  /** pkg/upgrade/handle_batch.go */
  #jobChanged(name: string): void {
    const { clock, server } = this.#world
    const job = this.#job(name)
    if (job === undefined) return
    const planName = job.metadata.labels?.[PLAN_OF_JOB] ?? ''
    const node = job.metadata.labels?.[NODE_OF_JOB] ?? ''
    const plan = this.#plan(planName)
    if (plan !== undefined) this.#enqueue(planName)
    if (plan === undefined || !this.#nodes.has(node)) return server.store.remove(JOBS, job)
    const end = endOf(job)
    if (end === undefined) {
      if (!applyingOf(plan).includes(node)) server.store.remove(JOBS, job)
      return
    }
    clock.at(clock.now() + TTL_MS, () => {
      const now = this.#job(name)
      if (now !== undefined && now.metadata.uid === job.metadata.uid) server.store.remove(JOBS, now)
    })
    if (end === 'complete') this.#label(name, node, planName)
  }

  /** It writes over the node that it knows, and is refused if that has changed. */
  #label(job: string, node: string, plan: string): void {
    const { store } = this.#world.server
    const label = throughLabel(plan)
    const hash = this.#job(job)?.metadata.labels?.[label]
    const known = this.#nodes.get(node)
    const object = store.objects(NODES).get(node)
    if (hash === undefined || known === undefined || object === undefined) return
    if (known.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.#soon(2_000, () => this.#label(job, node, plan))
      return
    }
    if (object.metadata.labels?.[label] === hash) return
    const metadata = { ...object.metadata, labels: { ...object.metadata.labels, [label]: hash } }
    store.put(NODES, { ...object, metadata })
  }

  #plans(): Iterable<KubeObject> {
    return this.#world.server.store.objects(PLANS).values()
  }

  #plan(name: string): KubeObject | undefined {
    return this.#world.server.store.objects(PLANS).get(`${NAMESPACE}/${name}`)
  }

  #job(name: string): KubeObject | undefined {
    return this.#world.server.store.objects(JOBS).get(`${NAMESPACE}/${name}`)
  }

  /** What a watch tells, late but in its order. */
  #hear(take: () => void): void {
    const { clock, random } = this.#world
    this.#heardMs = Math.max(this.#heardMs, clock.now() + random.below(this.#lagMs + 1))
    clock.at(this.#heardMs, take)
  }

  #soon(withinMs: number, run: () => void): void {
    const { clock, random } = this.#world
    clock.at(clock.now() + random.below(withinMs), run)
  }
}

/** NodeSelector of pkg/upgrade/plan/plan.go: what the Plan says, and that the node has a host name. */
function selects(plan: KubeObject, { metadata: { labels = {} } }: KubeObject): boolean {
  return labelsMatch(Object(plan.spec).nodeSelector, labels) && labels[HOSTNAME] !== undefined
}

function applyingOf(plan: KubeObject): readonly string[] {
  return Object(plan.status).applying ?? []
}
