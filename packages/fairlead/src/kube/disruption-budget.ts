import { z } from 'zod'
import type { KubeObject } from './api.ts'
import type { MemoryStore } from './memory-store.ts'
import { POD_DISRUPTION_BUDGETS, PODS } from './resources.ts'
import { labelsMatch } from './selectors.ts'

const amount = z.union([z.int(), z.templateLiteral([z.number(), '%'])]).optional()
const budgetSchema = z.object({
  spec: z.object({ selector: z.unknown(), minAvailable: amount, maxUnavailable: amount }),
  /** How many pods there are to be, as the disruption controller counts them. */
  status: z.object({ expectedPods: z.int().optional() }).default({}),
})

const podSchema = z.object({
  status: z.object({
    phase: z.string().default(''),
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
  }),
})

/** Pods in these phases are in nobody's budget (pkg/registry/core/pod/storage/eviction.go canIgnorePDB). */
const NOT_RUNNING: ReadonlySet<string> = new Set(['Pending', 'Succeeded', 'Failed'])

/**
 * The disruption budget that does not let `pod` go now: less would be Ready than it wants. What the
 * disruption controller writes into its status is worked out here each time.
 */
export function budgetInTheWay(store: MemoryStore, pod: KubeObject): string | undefined {
  const { namespace, labels, deletionTimestamp } = pod.metadata
  const phase = podSchema.safeParse(pod).data?.status.phase ?? ''
  if (deletionTimestamp !== undefined || NOT_RUNNING.has(phase)) return undefined
  for (const budget of store.objects(POD_DISRUPTION_BUDGETS).values()) {
    const parsed = budgetSchema.safeParse(budget).data
    if (parsed === undefined || budget.metadata.namespace !== namespace) continue
    const { selector, minAvailable, maxUnavailable } = parsed.spec
    if (!labelsMatch(selector, labels)) continue
    const members = [...store.objects(PODS).values()].filter(
      ({ metadata }) => metadata.namespace === namespace && labelsMatch(selector, metadata.labels),
    )
    const expected = Math.max(parsed.status.expectedPods ?? 0, members.length)
    const wanted =
      maxUnavailable === undefined
        ? pieces(minAvailable ?? 0, expected)
        : expected - pieces(maxUnavailable, expected)
    const healthy = members.filter(isHealthy)
    // One that is not Ready may go where the others are enough (unhealthyPodEvictionPolicy: IfHealthyBudget).
    if (healthy.length - (isHealthy(pod) ? 1 : 0) < wanted) return budget.metadata.name
  }
  return undefined
}

/** Per cent are rounded up, of either kind (pkg/controller/disruption: GetScaledValueFromIntOrPercent). */
function pieces(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * of)
}

function isHealthy(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  const conditions = podSchema.safeParse(pod).data?.status.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
