import { z } from 'zod'

/**
 * What a change of version is made of, in this order, forward and back. `check`, `trial` and `keep` are of the way
 * forward only.
 */
const STEPS = ['check', 'stop', 'data', 'flip', 'start', 'watch', 'trial', 'keep'] as const
/** One of {@link STEPS}. */
export type Step = (typeof STEPS)[number]

/** What was there before, and has to be there after. */
const baselineSchema = z.object({
  /** The ids of sandboxes that were ready. */
  pods: z.array(z.string()),
  /** The networks that the runtime had loaded. */
  networks: z.array(z.string()),
  /** Where the runtime keeps its metadata. */
  rootDir: z.string(),
  /** The folder of network configs that it reads. */
  confDir: z.string(),
  /** The slot whose shim new pods get until the new version is there to stay. */
  shim: z.string(),
})
/** What was there before, and has to be there after. */
export type Baseline = z.output<typeof baselineSchema>

export const activationSchema = z.object({
  /** When it began, as in the names of backups. */
  id: z.string(),
  /** The version that it began with; null where the link picked none. */
  from: z.string().nullable(),
  to: z.string(),
  way: z.enum(['forward', 'back']),
  step: z.enum(STEPS),
  /** What happens to the runtime's metadata while it is stopped. */
  data: z.enum(['save', 'keep', 'restore']),
  /** Whether `to` may have run, and have changed that metadata. */
  hasRun: z.boolean(),
  /** Whether a copy of it was made, before that. */
  hasCopy: z.boolean(),
  baseline: baselineSchema.nullable(),
  /** How long it waits for a confirmation once it is steady; 0 if it needs none. */
  confirmWithinMs: z.number(),
  /** Whether new pods get the shim of before also when it stays, until somebody says otherwise. */
  leavesShim: z.boolean().default(false),
  /** Until when, in ms since 1970; null as long as it is not on trial. */
  confirmByMs: z.number().nullable(),
  /** Why it goes back; each reason once, the first first. */
  reasons: z.array(z.string()),
  /** How many ways back have been begun. */
  waysBack: z.number(),
})

/** A change of version that goes on. */
export type Activation = Readonly<z.output<typeof activationSchema>>

/** How a change of version ended. */
export const OUTCOMES = ['activated', 'refused', 'rolled-back', 'failed'] as const

/** A change of version that has ended. */
export interface Ended {
  /** `failed`: not even the version before is healthy. */
  readonly outcome: (typeof OUTCOMES)[number]
  readonly reasons: readonly string[]
}
