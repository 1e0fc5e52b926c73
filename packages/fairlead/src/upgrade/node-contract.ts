import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'

// What the cluster's part of an upgrade and a node's agent say to each other, all of it on the Node object. The
// cluster's part writes the target; the agent of that node moves the node there (`fairlead runtime-slot`), writes
// what came of it, and at all times which slot is in force. Neither writes the other's annotations, but for one: with
// a new target the result of the last is taken away, so that a result never belongs to another target.

/** Cluster to agent: the name of the slot that this node is to run. */
export const SLOT_TARGET = 'fairlead.dev/runtime-slot-target'

/** Agent to cluster: the name of the slot that is active and confirmed; absent while there is none. */
export const SLOT = 'fairlead.dev/runtime-slot'

/** Agent to cluster: what came of the target, a {@link SlotResult} as JSON. */
export const SLOT_RESULT = 'fairlead.dev/runtime-slot-result'

/** What an agent writes when a target is in force, or cannot be. */
export const slotResultSchema = z.object({
  /** The target that this is about. */
  target: z.string(),
  /**
   * `working`: on the way; `active`: in force, and steadily healthy; `failed`: it could not be, and the node runs
   * the slot that {@link SLOT} names.
   */
  outcome: z.enum(['working', 'active', 'failed']),
  /** A sentence for people. */
  message: z.string(),
})
/** See {@link slotResultSchema}. */
export type SlotResult = z.output<typeof slotResultSchema>

/**
 * A label: the Plan of system-upgrade-controller that may work on a node now, and nobody's if it is not there. Only the
 * cluster's part writes it, and every Plan that it makes selects its nodes by it.
 */
export const PLAN = 'fairlead.dev/plan'

/** The cluster's own note on a node that it upgrades, a {@link NodeNote} as JSON. An agent reads of it only whether the node is under way. */
export const NOTE = 'fairlead.dev/runtime-upgrade'

/** Where a node is on its way. The last two, and `failed`, are ends. */
const NODE_PHASES = [
  'drain',
  'upgrade',
  'soak',
  'failed',
  'rollback',
  'done',
  'rolled-back',
] as const
/** See {@link NODE_PHASES}. */
export type NodePhase = (typeof NODE_PHASES)[number]

const nodeNoteSchema = z.object({
  /** The uid of the RuntimeUpgrade that has the node. */
  upgrade: z.string(),
  wave: z.number(),
  phase: z.enum(NODE_PHASES),
  /** When that began, for people: lengths of time are measured, and not read from it. */
  since: z.string(),
  /** The version before, to go back to. */
  from: z.string(),
  /** Whether somebody else had cordoned it before. */
  cordoned: z.boolean(),
  reason: z.string().optional(),
})
/** See {@link nodeNoteSchema}. */
export type NodeNote = z.output<typeof nodeNoteSchema>

/** Reads a note; one that is not there, or not ours to understand, is none. */
export function noteOf(text: string | undefined): NodeNote | undefined {
  return nodeNoteSchema.safeParse(jsonOrUndefined(text)).data
}

/** Whether a node is between its beginning and an end. */
export function isUnderWay({ phase }: Pick<NodeNote, 'phase'>): boolean {
  return phase !== 'done' && phase !== 'rolled-back'
}
