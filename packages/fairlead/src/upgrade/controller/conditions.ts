import type { Condition, UpgradePhase, UpgradeStatus } from '../status.ts'

const UNDER_WAY: ReadonlySet<UpgradePhase> = new Set<UpgradePhase>(['Progressing', 'RollingBack'])

/** The conditions of a status (Kubernetes API conventions, "Typical status properties"). */
export function conditionsOf(
  status: UpgradeStatus,
  before: readonly Condition[],
  wallMs: number,
): Condition[] {
  const { phase, message, failures, observedGeneration } = status
  const failed = failures.at(-1)
  const one = (type: string, holds: boolean, reason: string, text: string): Condition => {
    const value = holds ? 'True' : 'False'
    const old = before.find((condition) => condition.type === type)
    return {
      type,
      status: value,
      reason,
      message: text,
      lastTransitionTime:
        old?.status === value ? old.lastTransitionTime : new Date(wallMs).toISOString(),
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    }
  }
  return [
    one('Progressing', UNDER_WAY.has(phase), phase, message),
    one('Complete', phase === 'Complete', phase, message),
    one(
      'Degraded',
      failed !== undefined,
      failed === undefined ? 'NoNodeFailed' : 'NodeFailed',
      failed === undefined ? '' : `${failures.length}, the last ${failed.node}: ${failed.reason}`,
    ),
  ]
}
