import type { UpgradeSpec } from '../spec.ts'
import type { Executor } from './executor.ts'
import { jobExecutor } from './job-executor.ts'
import { planExecutor, type PlanWorld } from './plan-executor.ts'
import { slotExecutor } from './slot-executor.ts'
import { talosExecutor } from './talos-executor.ts'

/** What any executor works with. */
export type ExecutorWorld = PlanWorld

/** The executor that a policy asks for. */
export function executorOf(
  { executor: { job, plan, talos }, target, timeout }: UpgradeSpec,
  world: ExecutorWorld,
): Executor {
  if (job !== undefined) return jobExecutor(job, timeout, world)
  if (talos !== undefined) return talosExecutor(talos, timeout, world)
  return plan === undefined ? slotExecutor : planExecutor({ plan, target, timeout }, world)
}

/** Images that take no lower version (k3s-io/k3s#7537, rancher/rke2-upgrade#48). */
const ONE_WAY = /(^|\/)(k3s|rke2)-upgrade(:[^/]*)?$/

/** Who moves the nodes, and what of that would not work, as sentences for people. */
export function whoMoves({ executor, onFailure }: UpgradeSpec): string {
  const image = executor.job?.image ?? executor.plan?.image ?? ''
  if (!ONE_WAY.test(image) || onFailure === 'pause') return mover(executor)
  return (
    `${mover(executor)}\nThat image refuses to go back, so onFailure: ${onFailure} would leave nodes cordoned in ` +
    'rollback; set it to pause.'
  )
}

function mover({ job, plan, talos }: UpgradeSpec['executor']): string {
  if (job !== undefined) return `A Job on each node moves it: ${job.image}.`
  if (talos !== undefined) return `A Job for each node runs talosctl upgrade: ${talos.image}.`
  if (plan === undefined) return 'The agent of each node moves it, from slot to slot.'
  return `system-upgrade-controller in ${plan.namespace} moves each node, by a Plan: ${plan.image}.`
}
