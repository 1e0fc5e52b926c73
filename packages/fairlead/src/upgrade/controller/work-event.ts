import type { KubeError } from '../../kube/api.ts'
import type { NodePhase } from '../node-contract.ts'
import type { NodeFailure, UpgradePhase, UpgradeStatus } from '../status.ts'

/** Something that the work on an upgrade tells. */
export type WorkEvent =
  | {
      readonly type: 'node'
      readonly node: string
      readonly phase: NodePhase
      /** Whether this is its first. */
      readonly begins: boolean
      /** That the upgrade is about. */
      readonly version: string
      readonly reason?: string
    }
  | {
      readonly type: 'status'
      /** What was stored before; undefined where it has just begun. */
      readonly before: Pick<UpgradeStatus, 'phase' | 'wave'> | undefined
      readonly phase: UpgradePhase
      readonly wave: number
      readonly message: string
      /** Those that were not known before. */
      readonly failures: readonly NodeFailure[]
    }
  | { readonly type: 'invalid'; readonly problem: string }
  | { readonly type: 'failed'; readonly what: string; readonly error: Pick<KubeError, 'message'> }
