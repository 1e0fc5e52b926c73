import type { Fact } from './fact.ts'

/**
 * Facts that are kept at most, and characters of their texts: memory must not grow with the source. A page of
 * them, redacted, takes a good dozen bytes for each character.
 */
const FACTS_AT_MOST = 40_000
const CHARACTERS_AT_MOST = 6_000_000

/** The facts of all sources together, as many as memory has room for. */
export class KeptFacts {
  readonly facts: Fact[] = []
  /** Facts that there was no room for. */
  dropped = 0
  #characters = 0

  add(fact: Fact): void {
    this.#characters += charactersOf(fact)
    if (this.facts.length >= FACTS_AT_MOST || this.#characters > CHARACTERS_AT_MOST) this.dropped++
    else this.facts.push(fact)
  }
}

function charactersOf(fact: Fact): number {
  const own = Object.values(fact).map((value) => (typeof value === 'string' ? value.length : 0))
  return own.reduce((sum, length) => sum + length, fact.place.source.length)
}
