/** Some nodes, and how many of them are ill. */
export interface Illness {
  readonly ill: number
  readonly of: number
}

/**
 * Once in a thousand. A roll-out is looked at again and again, for hours, but what it looks at hardly changes: nodes count that are
 * ill for minutes. docs/upgrade.md says how often that stops one by chance (never, so far), and what it finds.
 */
const CHANCE_MAX = 1e-3

/**
 * Whether nodes that got a version are ill so much more often than others that it is hardly chance. That some node dies in
 * a roll-out of hours is to be expected, and says nothing; that only those die that got the version does.
 */
export function isBeyondChance(having: Illness, others: Illness): boolean {
  return chanceOf(having, others) < CHANCE_MAX
}

/**
 * The chance that of all who are ill at least so many are among those that got the version, if it made no difference: Fisher's
 * exact test, one-sided. 1 where they are not more often ill than the others.
 */
export function chanceOf(having: Illness, others: Illness): number {
  if (having.ill * others.of <= others.ill * having.of) return 1
  const ill = having.ill + others.ill
  let term = Math.exp(
    logChoices(having.of, having.ill) +
      logChoices(others.of, others.ill) -
      logChoices(having.of + others.of, ill),
  )
  let chance = 0
  for (let count = having.ill; count <= Math.min(ill, having.of); count++) {
    chance += term
    term *= ((having.of - count) * (ill - count)) / ((count + 1) * (others.of - ill + count + 1))
  }
  return Math.min(chance, 1)
}

/** The logarithm of in how many ways `some` can be chosen from `all`. */
function logChoices(all: number, some: number): number {
  let sum = 0
  for (let index = 1; index <= some; index++) sum += Math.log((all - some + index) / index)
  return sum
}
