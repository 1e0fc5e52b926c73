/** How a simulated cluster is at a moment. */
export interface TimelinePoint {
  readonly atMs: number
  readonly onNew: number
  readonly broken: number
}

/** More points than a drawing has pixels tell nobody anything. */
const POINTS_MAX = 600

/** What changes, in as many points as a drawing takes: when there are too many, every other one goes. */
export class Timeline {
  #points: TimelinePoint[] = []
  #last: TimelinePoint | undefined
  #every = 1
  #seen = 0

  add(point: TimelinePoint): void {
    const last = this.#last
    if (last?.onNew === point.onNew && last.broken === point.broken) return
    this.#last = point
    if (this.#seen++ % this.#every !== 0) return
    this.#points.push(point)
    if (this.#points.length < POINTS_MAX) return
    this.#points = this.#points.filter((_, index) => index % 2 === 0)
    this.#every *= 2
  }

  get points(): readonly TimelinePoint[] {
    const last = this.#last
    return last === undefined || this.#points.at(-1) === last
      ? this.#points
      : [...this.#points, last]
  }
}
