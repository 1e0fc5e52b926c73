import { type InvolvedObject, involvedNode, type ObjectEvent } from '../../kube/object-events.ts'
import { apiVersionOf } from '../../kube/resources.ts'
import type { NodePhase } from '../node-contract.ts'
import { RUNTIME_UPGRADES } from '../resource.ts'
import type { UpgradePhase } from '../status.ts'
import type { WorkEvent } from './work-event.ts'

/** An Event, and what it is about. */
export interface Told {
  readonly about: InvolvedObject
  readonly event: ObjectEvent
}

/** Phases of a node that somebody who looks at the Node wants to know of, beside its beginning. */
const NODE_REASONS: Partial<Readonly<Record<NodePhase, string>>> = {
  failed: 'RuntimeUpgradeFailed',
  rollback: 'RuntimeRollbackBegun',
  done: 'RuntimeUpgraded',
  'rolled-back': 'RuntimeRolledBack',
}

const PHASE_REASONS: Readonly<Record<UpgradePhase, string>> = {
  Progressing: 'Progressing',
  Paused: 'Paused',
  Stopped: 'Stopped',
  RollingBack: 'RollingBack',
  RolledBack: 'RolledBack',
  Complete: 'Complete',
}
const WARNINGS: ReadonlySet<string> = new Set(['Stopped', 'RollingBack'])

/** What of the work on an upgrade is an Event, on the RuntimeUpgrade and on the Node; each change once. */
export function eventsOf(
  event: WorkEvent,
  upgrade: { readonly name: string; readonly uid: string },
): readonly Told[] {
  const about = {
    apiVersion: apiVersionOf(RUNTIME_UPGRADES),
    kind: RUNTIME_UPGRADES.kind,
    ...upgrade,
  }
  switch (event.type) {
    case 'node': {
      const { node, phase, begins, version } = event
      const reason = begins ? 'RuntimeUpgradeBegun' : NODE_REASONS[phase]
      if (reason === undefined) return []
      const type = phase === 'failed' ? 'Warning' : 'Normal'
      const why = event.reason === undefined ? '' : `: ${event.reason}`
      const message = `${phase} in the RuntimeUpgrade ${upgrade.name} to ${version}${why}`
      return [{ about: involvedNode(node), event: { type, reason, message } }]
    }
    case 'status': {
      const { before, phase, wave, message, failures } = event
      const failed = failures.map(({ node, reason }): ObjectEvent => ({
        type: 'Warning',
        reason: 'NodeFailed',
        message: `node ${node} ${reason}`,
      }))
      const opened = before === undefined || before.wave !== wave
      const name = wave === 0 ? 'the canary' : `wave ${wave}`
      return [
        ...failed,
        ...(opened
          ? [{ type: 'Normal', reason: 'WaveOpened', message: `${name} has begun` } as const]
          : []),
        ...(before !== undefined && before.phase !== phase
          ? [
              {
                type: WARNINGS.has(phase) ? 'Warning' : 'Normal',
                reason: PHASE_REASONS[phase],
                message,
              } as const,
            ]
          : []),
      ].map((one) => ({ about, event: one }))
    }
    case 'invalid':
      return []
    case 'failed':
      return []
  }
}
