import { z } from 'zod'

/** One node that is out of service for the upgrade, or was given back to be. */
const flight = z.object({
  node: z.string(),
  /** Of the Node object: one that was deleted and made again has not begun. */
  uid: z.string(),
  wave: z.number(),
  /** It goes back to its old version, whatever else changes. */
  back: z.boolean().optional(),
})
/** See {@link statusSchema}. */
export type Flight = z.output<typeof flight>

const failure = z.object({
  node: z.string(),
  wave: z.number(),
  reason: z.string(),
  at: z.string(),
  /** Where on its way it was, e.g. `soak`, or `done`. */
  phase: z.string().optional(),
})
/** A node that did not bear the new version, and why. */
export type NodeFailure = z.output<typeof failure>

const wave = z.object({
  /** How many nodes have begun when it is over, in all waves. */
  upTo: z.number(),
  openedAt: z.string().optional(),
  passedAt: z.string().optional(),
})

const PHASES = [
  'Progressing',
  'Paused',
  'Stopped',
  'RollingBack',
  'RolledBack',
  'Complete',
] as const
/** What an upgrade is doing. Nothing comes after the last two. */
export type UpgradePhase = (typeof PHASES)[number]

const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
  observedGeneration: z.number().optional(),
})
/** A condition by the Kubernetes API conventions. */
export type Condition = z.output<typeof conditionSchema>

/**
 * The `status` of a RuntimeUpgrade, and all that is remembered beside the notes on the nodes. It is only ever
 * replaced as a whole, against the version that was read: so of two controllers one decides, and what is
 * counted here is exact. A node is touched only while `inFlight` names it.
 */
export const statusSchema = z.object({
  observedGeneration: z.number().optional(),
  phase: z.enum(PHASES),
  /** What it does or waits for, as a sentence. */
  message: z.string(),
  /** The nodes that were selected when it began. */
  total: z.number(),
  /** The wave that is open; 0 is the canary. */
  wave: z.number(),
  waves: z.array(wave),
  /** How many nodes have begun, in all waves. */
  started: z.number(),
  done: z.number(),
  rolledBack: z.number(),
  inFlight: z.array(flight),
  failures: z.array(failure),
  conditions: z.array(conditionSchema).optional(),
})
/** See {@link statusSchema}. */
export type UpgradeStatus = z.output<typeof statusSchema>
