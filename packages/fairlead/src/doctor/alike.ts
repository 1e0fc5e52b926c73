import type { LineFact } from './fact.ts'

/** Of lines that tell the same, so many first ones are kept, and the last one. */
const FIRST_LINES = 5

interface Seen {
  count: number
  /** The last one, if it is not among the first. */
  last: (() => LineFact | undefined) | undefined
}

/** Counts the lines of a file by the text they have in common, so that what is kept does not grow with it. */
export class Alike {
  readonly #seen = new Map<number, Seen>()

  /** Whether enough lines with each of these texts are kept. */
  isPlenty(ids: Iterable<number>): boolean {
    for (const id of ids) if ((this.#seen.get(id)?.count ?? 0) < FIRST_LINES) return false
    return true
  }

  /** Takes down a line that is kept. */
  kept(ids: Iterable<number>): void {
    for (const id of ids) this.#seenOf(id).count++
  }

  /** Takes down a line that may be the last one; `read` makes the fact of it, if it is. */
  passed(ids: Iterable<number>, read: () => LineFact | undefined): void {
    for (const id of ids) {
      const seen = this.#seenOf(id)
      // What was never kept is counted only where it says something.
      if (seen.count === 0) continue
      seen.count++
      seen.last = read
    }
  }

  /** Reads what may be the last lines, before the bytes they are made of are gone. */
  settle(): void {
    const facts = new Map<() => LineFact | undefined, LineFact | undefined>()
    for (const seen of this.#seen.values()) {
      const { last } = seen
      if (last === undefined) continue
      if (!facts.has(last)) facts.set(last, last())
      const fact = facts.get(last)
      seen.last = () => fact
    }
  }

  /** The last lines, each once, with how many were left out before it. */
  lasts(): readonly LineFact[] {
    const lasts = new Map<LineFact, number>()
    for (const { last, count } of this.#seen.values()) {
      const fact = last?.()
      if (fact === undefined) continue
      lasts.set(fact, Math.max(lasts.get(fact) ?? 0, count - FIRST_LINES - 1))
    }
    return [...lasts].map(([fact, more]) => ({ ...fact, more }))
  }

  #seenOf(id: number): Seen {
    const seen = this.#seen.get(id) ?? { count: 0, last: undefined }
    this.#seen.set(id, seen)
    return seen
  }
}
