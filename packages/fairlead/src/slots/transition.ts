import type { Activation, Baseline, Ended } from './activation.ts'

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
  readonly leavesShim?: boolean
  /** Why it is begun, where somebody says so. */
  readonly reasons?: readonly string[]
}): Activation {
  return {
    ...what,
    reasons: [...(what.reasons ?? [])],
    leavesShim: what.leavesShim ?? false,
    way: 'forward',
    step: 'check',
    data: 'save',
    hasRun: false,
    hasCopy: false,
    baseline: null,
    confirmByMs: null,
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

/** The slot that the present way leads to. Where none was picked before, there is but one. */
export function targetOf({ way, from, to }: Activation): string {
  return way === 'forward' ? to : (from ?? to)
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
    // Nobody has to be there while a version is on trial, and one that stays stays.
    const stays = step === 'keep' || step === 'trial'
    if (stays && observation.kind === 'interrupted') return activation
    if (step === 'keep') {
      return { outcome: 'activated', reasons: withReason(activation, reason).reasons }
    }
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
      return observation.kind === 'confirmed' ? { ...activation, step: 'keep' } : activation
    case 'keep':
      return { outcome: 'activated', reasons: activation.reasons }
  }
}

function afterWatch(activation: Activation, nowMs: number): Activation {
  const { confirmWithinMs } = activation
  if (confirmWithinMs === 0) return { ...activation, step: 'keep' }
  return { ...activation, step: 'trial', confirmByMs: nowMs + confirmWithinMs }
}

function nextBack(activation: Activation, observation: Observation): Activation | Ended {
  const { step, reasons } = activation
  if (observation.kind === 'interrupted') {
    // A watch goes on, on what was started; all else is carried out again, from the beginning.
    return step === 'watch' ? activation : { ...activation, step: 'stop' }
  }
  if (observation.kind === 'failed' && step === 'watch') {
    return wayBack(activation, observation.reason)
  }
  // What does not stop, or has no copy to put back, is no reason not to go back: the watch will tell.
  const told =
    observation.kind === 'failed' ? withReason(activation, observation.reason) : activation
  switch (step) {
    case 'stop':
      return { ...told, step: 'data' }
    case 'data':
      return { ...told, step: 'flip' }
    case 'flip':
      return { ...told, step: 'start' }
    case 'start':
      return { ...told, step: 'watch' }
    case 'watch':
      return observation.kind === 'steady' ? { outcome: 'rolled-back', reasons } : activation
    case 'check':
    case 'trial':
    case 'keep':
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
