import type { KubeObject, KubeResult } from '../../kube/api.ts'
import { NODES } from '../../kube/resources.ts'
import { nodeInfoOf } from '../controller/node-object.ts'
import { PLAN } from '../node-contract.ts'
import type { PlanExecutorSpec } from '../spec.ts'
import type { Executor, Move, MoveFailure } from './executor.ts'
import {
  CALL_TIMEOUT_MS,
  endOf,
  JOBS,
  type JobWorld,
  nameFor,
  suspend,
  UPGRADE_LABEL,
} from './jobs.ts'
import { isThrough, NODE_OF_JOB, PLAN_OF_JOB, planOf, PLANS, problemOf } from './plans.ts'

/** What Plans are made for and with. */
export interface PlanWorld extends JobWorld {
  /** The nodes that are there, by name, as a reflector keeps them. */
  readonly nodes: () => ReadonlyMap<string, KubeObject>
}

/** What of a policy its Plans are made of. */
interface PlanPolicy {
  readonly plan: PlanExecutorSpec
  readonly target: { readonly version: string }
  readonly timeout: number
}

const ASK_EVERY_MS = 15_000
/**
 * So long after a node has lost the label of a Plan, no Job of that Plan is made for it any more. system-upgrade-controller
 * goes by its watch of the nodes, and client-go notices within 45 s that a connection is dead.
 */
const HEARS_WITHIN_MS = 60_000

/**
 * system-upgrade-controller moves the nodes, and the upgrade says which. The other makes a Job for each node that a Plan's
 * `nodeSelector` selects and that does not have the label of being through (SelectConcurrentNodes in
 * pkg/upgrade/plan/plan.go, v0.20.1). So there is one Plan for each version, and it selects the nodes that have its name
 * in {@link PLAN}: a node gets that with the write by which it begins and loses it with the next, whatever that is,
 * and as a label has one value, no node is ever in two of them. A node in none gets no Job, also when nobody of ours runs.
 */
export function planExecutor(policy: PlanPolicy, world: PlanWorld): Executor {
  const { api, clock, upgrade } = world
  const { namespace, nodeInfo } = policy.plan
  const asked = new Map<string, number>()
  const withoutJob = new Map<string, number>()
  let jobs: ReadonlyMap<string, KubeObject> = new Map()

  const nameOf = (version: string) =>
    nameFor(upgrade, version === policy.target.version ? 'upgrade' : 'rollback', version)
  const forward = nameOf(policy.target.version)
  const versionOf: Executor['versionOf'] = (node) => nodeInfoOf(node, nodeInfo)

  return {
    versionOf,
    marksFor: (phase, version) => ({
      labels: { [PLAN]: phase === 'upgrade' && version !== undefined ? nameOf(version) : null },
    }),
    progress: ({ node, note, version }) => {
      const plan = nameOf(version)
      const isMoving = note.phase === 'upgrade' || note.phase === 'rollback'
      if (!isMoving || isThrough(node, plan)) {
        const says = versionOf(node)
        if (says === version) return { at: 'there' }
        return { at: 'on-the-way', why: `it says that it runs ${says ?? 'nothing'}` }
      }
      const job = jobs.get(keyOf({ plan, node: node.metadata.name }))
      if (endOf(job) === 'failed') {
        return { at: 'failed', reason: `its Job ${job?.metadata.name} failed` }
      }
      if (node.metadata.labels?.[PLAN] !== plan) {
        return { at: 'on-the-way', why: `what Plan ${forward} does on it is stopped first` }
      }
      return {
        at: 'on-the-way',
        why: `system-upgrade-controller is not through with Plan ${namespace}/${plan}`,
      }
    },
    look: async (signal) => {
      const selection = { namespace, labelSelector: `${UPGRADE_LABEL}=${upgrade.name}` }
      const listed = await api.list(JOBS, selection, { timeoutMs: CALL_TIMEOUT_MS, signal })
      if (!listed.ok) return listed.error
      jobs = new Map(listed.value.items.map((job) => [keyOf(whoseIs(job)), job]))
      return stopStray(listed.value.items, signal)
    },
    move: async (move, signal) => {
      const made = await make(move.version, signal)
      if (made !== undefined) return made
      return move.version === move.note.from ? sendBack(move, signal) : undefined
    },
  }

  /** Makes the Plan of a version, or finds that it is there and is taken. */
  async function make(version: string, signal: AbortSignal): Promise<MoveFailure | undefined> {
    const name = nameOf(version)
    if (clock.now() - (asked.get(name) ?? Number.NEGATIVE_INFINITY) < ASK_EVERY_MS) return undefined
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
    const found = await api.get({ resource: PLANS, namespace, name }, call)
    if (found.ok) {
      asked.set(name, clock.now())
      const problem = problemOf(found.value)
      return problem === undefined
        ? undefined
        : { message: `Plan ${namespace}/${name}: ${problem}` }
    }
    if (found.error.reason !== 'not-found') return found.error
    const plan = planOf(name, version, policy.plan, policy.timeout, upgrade)
    const made = await api.create(PLANS, plan, call)
    return made.ok || made.error.reason === 'already-exists' ? undefined : made.error
  }

  /**
   * Suspends the Jobs of nodes that are not in their Plan any more. system-upgrade-controller deletes them when it next
   * hears of them, which may be after another machine has the name of the node.
   */
  async function stopStray(
    all: readonly KubeObject[],
    signal: AbortSignal,
  ): Promise<MoveFailure | undefined> {
    for (const job of all) {
      const { plan, node: name } = whoseIs(job)
      if (endOf(job) !== undefined) continue
      if (world.nodes().get(name)?.metadata.labels?.[PLAN] === plan) continue
      const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
      const node = await api.get({ resource: NODES, name }, call)
      if (!node.ok && node.error.reason !== 'not-found') return node.error
      if (node.ok && node.value.metadata.labels?.[PLAN] === plan) continue
      const stopped = await suspend(job, world, signal)
      if (!stopped.ok) return stopped.error
    }
    return undefined
  }

  /** Puts a node into the Plan of the version before, once it is out of the other for good. */
  async function sendBack(
    { node, version }: Move,
    signal: AbortSignal,
  ): Promise<MoveFailure | undefined> {
    const { name, uid = '', resourceVersion, labels = {} } = node.metadata
    const plan = nameOf(version)
    if (labels[PLAN] === plan) return undefined
    const out = await isOut(node, signal)
    if (!out.ok) return out.error
    if (!out.value) return undefined
    const patch = { metadata: { resourceVersion, labels: { [PLAN]: plan } } }
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal, kind: 'merge' } as const
    const written = await api.patch({ resource: NODES, name }, patch, call)
    if (written.ok) withoutJob.delete(uid)
    return written.ok || written.error.reason === 'conflict' ? undefined : written.error
  }

  /** Whether no Job of the Plan forward runs on a node that has lost its label, or ever will; one that could is suspended. */
  async function isOut(node: KubeObject, signal: AbortSignal): Promise<KubeResult<boolean>> {
    const { name, uid = '' } = node.metadata
    if (isThrough(node, forward)) return { ok: true, value: true }
    const labelSelector = `${PLAN_OF_JOB}=${forward},${NODE_OF_JOB}=${name}`
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
    const listed = await api.list(JOBS, { namespace, labelSelector }, call)
    if (!listed.ok) return listed
    for (const job of listed.value.items) {
      const stopped = await suspend(job, world, signal)
      if (!stopped.ok || !stopped.value) return stopped
    }
    if (listed.value.items.length > 0) return { ok: true, value: true }
    // Nobody has made one. Somebody who has not heard yet could.
    const sinceMs = withoutJob.get(uid) ?? clock.now()
    withoutJob.set(uid, sinceMs)
    return { ok: true, value: clock.now() - sinceMs >= HEARS_WITHIN_MS }
  }
}

function whoseIs({ metadata: { labels = {} } }: KubeObject): { plan: string; node: string } {
  return { plan: labels[PLAN_OF_JOB] ?? '', node: labels[NODE_OF_JOB] ?? '' }
}

function keyOf({ plan, node }: { readonly plan: string; readonly node: string }): string {
  return `${plan} ${node}`
}
