/**
 * Measures how long things have been as they are, by the clock of this process and from when it first saw them
 * so. No time that another machine wrote is trusted: a clock that jumps, or a controller that
 * takes over, can make a soak longer and never shorter.
 */
export class Stopwatch {
  readonly #now: () => number
  readonly #beganMs: number
  readonly #laps = new Map<string, Map<string, { value: string | number; sinceMs: number }>>()

  constructor(now: () => number) {
    this.#now = now
    this.#beganMs = now()
  }

  /** For how many ms the `aspect` of `subject` has had this value. */
  elapsed(subject: string, aspect: string, value: string | number): number {
    let laps = this.#laps.get(subject)
    if (laps === undefined) {
      laps = new Map()
      this.#laps.set(subject, laps)
    }
    const lap = laps.get(aspect)
    if (lap?.value === value) return this.#now() - lap.sinceMs
    laps.set(aspect, { value, sinceMs: this.#now() })
    return 0
  }

  /**
   * The same of what may have been so before anybody looked: where this is the first question, it has been for as long as
   * this watch runs.
   */
  seen(subject: string, aspect: string, value: string | number): number {
    const lap = this.#laps.get(subject)?.get(aspect)
    return this.#now() - (lap?.value === value ? lap.sinceMs : this.#beganMs)
  }

  /** Nothing of it will be asked for again. */
  forget(subject: string): void {
    this.#laps.delete(subject)
  }
}
