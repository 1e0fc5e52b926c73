import type { Cluster } from './cluster.ts'
import { isUnderWay, type NodeNote } from './node-contract.ts'
import type { NodeDecision } from './decide.ts'
import type { NodeStep } from './node-step.ts'

/** What a node's entering a phase makes of its object, in one write: the note, and whether it takes pods. */
export function entered(
  { node, wave }: NodeDecision,
  step: Extract<NodeStep, { do: 'enter' }>,
  cluster: Cluster,
  wallMs: number,
): { readonly note: NodeNote; readonly cordoned: boolean } {
  const before = cluster.noteOf(node)
  const wasCordoned = before !== undefined && isUnderWay(before) ? before.cordoned : node.cordoned
  const note: NodeNote = {
    upgrade: cluster.upgrade,
    wave,
    phase: step.phase,
    since: new Date(wallMs).toISOString(),
    from: before?.from ?? node.version ?? '',
    cordoned: wasCordoned,
    ...(step.reason === undefined ? {} : { reason: step.reason }),
  }
  return { note, cordoned: isUnderWay(note) || wasCordoned }
}
