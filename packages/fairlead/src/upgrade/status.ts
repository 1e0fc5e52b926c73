import { z } from 'zod'

/** One node that is out of service for the upgrade, or was given back to be. */
const flight = z.object({
  node: z.string().describe('Its name.'),
  uid: z
    .string()
    .describe('Of the Node object: one that was deleted and made again has not begun.'),
  wave: z.number().describe('The wave that it is of.'),
  back: z.boolean().optional().describe('It goes back to its old version, whatever else changes.'),
})
/** See {@link statusSchema}. */
export type Flight = z.output<typeof flight>

const failure = z.object({
  node: z.string().describe('Its name.'),
  wave: z.number().describe('The wave that it is of.'),
  reason: z.string().describe('Why, in a sentence.'),
  at: z.string().describe('When, in UTC.'),
  phase: z.string().optional().describe('Where on its way it was, e.g. `soak`, or `done`.'),
})
/** A node that did not bear the new version, and why. */
export type NodeFailure = z.output<typeof failure>

const wave = z.object({
  upTo: z.number().describe('How many nodes have begun when it is over, in all waves.'),
  openedAt: z.string().optional().describe('When, in UTC.'),
  passedAt: z.string().optional().describe('When, in UTC.'),
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
  type: z.string().describe('Which condition.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().describe('Why, in one word.'),
  message: z.string().describe('Why, in a sentence.'),
  lastTransitionTime: z.string().describe('Since when, in UTC.'),
  observedGeneration: z
    .number()
    .optional()
    .describe('The generation of `spec` that this is about.'),
})
/** A condition by the Kubernetes API conventions. */
export type Condition = z.output<typeof conditionSchema>

/**
 * The `status` of a RuntimeUpgrade, and all that is remembered beside the notes on the nodes. It is only ever
 * replaced as a whole, against the version that was read: so of two controllers one decides, and what is
 * counted here is exact. A node is touched only while `inFlight` names it.
 */
export const statusSchema = z.object({
  observedGeneration: z
    .number()
    .optional()
    .describe('The generation of `spec` that this is about.'),
  phase: z.enum(PHASES).describe('What it is doing. Nothing comes after the last two.'),
  message: z.string().describe('What it does or waits for, as a sentence.'),
  total: z.number().describe('The nodes that were selected when it began.'),
  wave: z.number().describe('The wave that is open; 0 is the canary.'),
  waves: z.array(wave).describe('The canary first.'),
  started: z.number().describe('How many nodes have begun, in all waves.'),
  done: z.number().describe('How many run the version, and have been steadily healthy.'),
  rolledBack: z.number().describe('How many are back on the version before.'),
  inFlight: z
    .array(flight)
    .describe('Nodes that are out of service for it, or were given back to be.'),
  failures: z.array(failure).describe('Nodes that did not bear the version, and why.'),
  conditions: z
    .array(conditionSchema)
    .optional()
    .describe('By the conventions of the Kubernetes API.'),
})
/** See {@link statusSchema}. */
export type UpgradeStatus = z.output<typeof statusSchema>
