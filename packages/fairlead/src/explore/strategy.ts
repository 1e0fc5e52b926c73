/** What may happen next: a step of an actor, or time passing. */
export interface Option {
  /** The actor's number; {@link TIME} for time. */
  readonly actor: number
  /** Whether it takes the turn from an actor that could go on (CHESS calls that a preemption). */
  readonly preempts: boolean
}

/** The actor number of time. */
export const TIME = -1

/** A place in a run where more than one thing may happen. */
export interface ChoicePoint {
  /** Counted from 0 within the run. */
  readonly number: number
  /** The first is what happens without a scheduler's whim: whoever is at it goes on. Two or more. */
  readonly options: readonly Option[]
}

/** Decides one run. */
export interface Strategy {
  /** The index of the option to take. */
  readonly choose: (point: ChoicePoint) => number
}

/** Decides run after run. */
export interface Explorer {
  /** The strategy of the next run; undefined when there is nothing left to try. */
  readonly next: () => Strategy | undefined
}
