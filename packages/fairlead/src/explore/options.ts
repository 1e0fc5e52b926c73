import { type Option, TIME } from './strategy.ts'

/** An async function in a world. */
export interface Actor {
  readonly number: number
  readonly name: string
}

/** A wait of an actor that the world ends. */
export interface Step {
  readonly actor: Actor
  readonly text: string
  readonly dueMs: number
  readonly ready: (() => boolean) | undefined
  /** From outside; it may as well come later. */
  readonly event: boolean
  readonly fire: () => void
}

/**
 * What may happen next: first the steps of who was last, then of others, then events, then time, so
 * that the first is the plainest. `steps` has undefined for time.
 */
export function optionsOf(
  waiting: readonly Step[],
  nowMs: number,
  last: Actor | undefined,
): { readonly options: readonly Option[]; readonly steps: readonly (Step | undefined)[] } {
  const rank = (step: Step) => (step.event ? 2 : step.actor === last ? 0 : 1)
  const able = waiting
    .filter(({ dueMs, ready }) => dueMs <= nowMs && (ready === undefined || ready()))
    .sort((one, other) => rank(one) - rank(other) || one.actor.number - other.actor.number)
  const timeMayPass = able.every(({ event }) => event) && nextDueMs(waiting, nowMs) !== Infinity
  const steps = timeMayPass ? [...able, undefined] : able
  // An event that may come does not keep its actor busy.
  const busy = able.some((step) => !step.event && step.actor === last)
  const options = steps.map((step) => ({
    actor: step?.actor.number ?? TIME,
    preempts: busy && step?.actor !== last,
  }))
  return { options, steps }
}

/** The next moment that somebody sleeps to; Infinity if nobody does. */
export function nextDueMs(waiting: Iterable<Step>, nowMs: number): number {
  let next = Infinity
  for (const { dueMs } of waiting) if (dueMs > nowMs && dueMs < next) next = dueMs
  return next
}
