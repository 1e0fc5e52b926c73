import { z } from 'zod'
import type { KubeObject, Resource } from '../../kube/api.ts'
import { apiVersionOf } from '../../kube/resources.ts'
import { PLAN } from '../node-contract.ts'
import type { PlanExecutorSpec } from '../spec.ts'
import { type JobWorld, madeFor } from './jobs.ts'

// What system-upgrade-controller v0.20.1 reads and writes; the paths are those of rancher/system-upgrade-controller.

export const PLANS: Resource = {
  group: 'upgrade.cattle.io',
  version: 'v1',
  plural: 'plans',
  kind: 'Plan',
  namespaced: true,
  status: true,
}

/** Labels of its Jobs: whose they are, and for which node (pkg/apis/upgrade.cattle.io/constants.go). */
export const PLAN_OF_JOB = 'upgrade.cattle.io/plan'
export const NODE_OF_JOB = 'upgrade.cattle.io/node'

/** How many nodes are under way is for the upgrade to say, and not for the Plan. */
const CONCURRENCY = 1_000_000

/** The label by which it says that its Job on a node has succeeded (LabelPlanName in constants.go). */
export function throughLabel(plan: string): string {
  return `plan.upgrade.cattle.io/${plan}`
}

/** Whether its Job on a node has succeeded; a value of `disabled` is somebody else's (pkg/upgrade/plan/plan.go). */
export function isThrough(node: KubeObject, plan: string): boolean {
  const value = node.metadata.labels?.[throughLabel(plan)]
  return value !== undefined && value !== 'disabled'
}

/**
 * A Plan by which nodes get a version (pkg/apis/upgrade.cattle.io/v1/types.go). It is for the nodes that have its name in
 * {@link PLAN}. Without `cordon` and `drain` it leaves alone whether they take pods, which is the upgrade's
 * to say; and `exclusive` keeps two Plans from running on one node at a time.
 */
export function planOf(
  name: string,
  version: string,
  { image, command, args, env, serviceAccountName, namespace }: PlanExecutorSpec,
  deadlineMs: number,
  upgrade: JobWorld['upgrade'],
): KubeObject {
  return {
    apiVersion: apiVersionOf(PLANS),
    kind: PLANS.kind,
    // It passes the labels on to its Jobs, but for those of cattle.io (pkg/upgrade/job/job.go).
    metadata: madeFor(upgrade, namespace, name),
    spec: {
      concurrency: CONCURRENCY,
      exclusive: true,
      jobActiveDeadlineSecs: Math.ceil(deadlineMs / 1000),
      nodeSelector: { matchLabels: { [PLAN]: name } },
      ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
      tolerations: [{ operator: 'Exists' }],
      version,
      upgrade: {
        image,
        ...(command === undefined ? {} : { command }),
        ...(args === undefined ? {} : { args }),
        envs: Object.entries(env).map(([key, value]) => ({ name: key, value })),
      },
    },
  }
}

const planSchema = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
        .default([]),
    })
    .prefault({}),
})

/** Why it makes no Jobs for a Plan, where it says so (pkg/upgrade/handle_upgrade.go). */
export function problemOf(plan: KubeObject): string | undefined {
  const conditions = planSchema.safeParse(plan).data?.status.conditions ?? []
  const refused = conditions.find(
    ({ type, status }) => (type === 'Validated' || type === 'LatestResolved') && status === 'False',
  )
  return refused === undefined ? undefined : `${refused.type} is False: ${refused.message}`
}
