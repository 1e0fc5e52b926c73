import { z } from 'zod'

/**
 * What a change of version is made of, in this order, forward and back. `check` and `trial` are of the way
 * forward only.
 */
const STEPS = ['check', 'stop', 'data', 'flip', 'start', 'watch', 'trial'] as const
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

/** What carrying out a step came to. */
export type Observation =
  | { readonly kind: 'done' }
  /** Of `data`, on the way forward: there was something to copy. */
  | { readonly kind: 'copied' }
  /** Of `check`. */
  | { readonly kind: 'checked'; readonly baseline: Baseline }
  /** Of `watch`, with the time of day. */
  | { readonly kind: 'steady'; readonly nowMs: number }
  | { readonly kind: 'confirmed' }
  /** `lost`: the runtime does not know any more what it knew, and the copy of its metadata does. */
  | { readonly kind: 'failed'; readonly reason: string; readonly lost?: boolean }
  /** Whoever carried it out was ended, or the machine; how far it came is not known. */
  | { readonly kind: 'interrupted'; readonly reason: string }

/** With the runtime's metadata as the new version left it, then with the copy. */
const WAYS_BACK_MAX = 2

/** A change of version at its beginning. */
export function begin(what: {
  readonly id: string
  readonly from: string | null
  readonly to: string
  readonly confirmWithinMs: number
}): Activation {
  return {
    ...what,
    way: 'forward',
    step: 'check',
    data: 'save',
    hasRun: false,
    hasCopy: false,
    baseline: null,
    confirmByMs: null,
    reasons: [],
    waysBack: 0,
  }
}

/**
 * What follows when the present step came to this. Every step may be carried out again: one that was
 * interrupted on the way back is, and on the way forward nothing goes on that was interrupted. Pure.
 */
export function next(activation: Activation, observation: Observation): Activation | Ended {
  return activation.way === 'forward'
    ? nextForward(activation, observation)
    : nextBack(activation, observation)
}

/** Whether there is nothing more to do. */
export function hasEnded(activation: Activation | Ended): activation is Ended {
  return 'outcome' in activation
}

/** Whether the node is on the new version, and well, and waits only to be told that it may stay. */
export function isOnTrial({ step }: Activation): boolean {
  return step === 'trial'
}

function nextForward(activation: Activation, observation: Observation): Activation | Ended {
  const { step } = activation
  if (observation.kind === 'failed' || observation.kind === 'interrupted') {
    const { reason } = observation
    // Nothing was touched.
    if (step === 'check') return { outcome: 'refused', reasons: [reason] }
    // Nobody has to be there while a version is on trial.
    if (step === 'trial' && observation.kind === 'interrupted') return activation
    return wayBack(activation, reason, observation.kind === 'failed' && observation.lost)
  }
  switch (step) {
    case 'check':
      return observation.kind === 'checked'
        ? { ...activation, step: 'stop', baseline: observation.baseline }
        : activation
    case 'stop':
      return { ...activation, step: 'data' }
    case 'data':
      return { ...activation, step: 'flip', hasCopy: observation.kind === 'copied' }
    case 'flip':
      // From here on it may run, whatever else happens.
      return { ...activation, step: 'start', hasRun: true }
    case 'start':
      return { ...activation, step: 'watch' }
    case 'watch':
      return observation.kind === 'steady' ? afterWatch(activation, observation.nowMs) : activation
    case 'trial':
      return observation.kind === 'confirmed' ? { outcome: 'activated', reasons: [] } : activation
  }
}

function afterWatch(activation: Activation, nowMs: number): Activation | Ended {
  const { confirmWithinMs } = activation
  if (confirmWithinMs === 0) return { outcome: 'activated', reasons: [] }
  return { ...activation, step: 'trial', confirmByMs: nowMs + confirmWithinMs }
}

function nextBack(activation: Activation, observation: Observation): Activation | Ended {
  const { step, reasons } = activation
  if (observation.kind === 'interrupted') {
    // A watch goes on, on what was started; all else is carried out again, from the beginning.
    return step === 'watch' ? activation : { ...activation, step: 'stop' }
  }
  if (observation.kind === 'failed') {
    const told = withReason(activation, observation.reason)
    // What does not stop, or has no copy to put back, is no reason not to go back.
    if (step === 'stop') return { ...told, step: 'data' }
    if (step === 'data') return { ...told, step: 'flip' }
    return wayBack(activation, observation.reason)
  }
  switch (step) {
    case 'stop':
      return { ...activation, step: 'data' }
    case 'data':
      return { ...activation, step: 'flip' }
    case 'flip':
      return { ...activation, step: 'start' }
    case 'start':
      return { ...activation, step: 'watch' }
    case 'watch':
      return observation.kind === 'steady' ? { outcome: 'rolled-back', reasons } : activation
    case 'check':
    case 'trial':
      return activation
  }
}

/** Back to the version before; the second time, or where the new one has lost some, with its metadata as it was. */
function wayBack(
  activation: Activation,
  reason: string,
  isLost: boolean | undefined = false,
): Activation | Ended {
  const told = withReason(activation, reason)
  const waysBack = activation.waysBack + 1
  if (waysBack > WAYS_BACK_MAX) return { outcome: 'failed', reasons: told.reasons }
  const restores = (waysBack > 1 || isLost) && activation.hasRun && activation.hasCopy
  return { ...told, way: 'back', step: 'stop', data: restores ? 'restore' : 'keep', waysBack }
}

function withReason(activation: Activation, reason: string): Activation {
  const { reasons } = activation
  return reasons.includes(reason) ? activation : { ...activation, reasons: [...reasons, reason] }
}
