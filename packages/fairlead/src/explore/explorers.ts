import { type Random, randomOf } from '../random.ts'
import type { ChoicePoint, Explorer, Option } from './strategy.ts'

/** Takes any option with the same chance, run after run. */
export function randomExplorer(seed: number): Explorer {
  const seeds = randomOf(seed)
  return {
    next: () => {
      const random = randomOf(seeds.below(2 ** 32))
      return { choose: ({ options }) => random.below(options.length) }
    },
  }
}

/**
 * PCT (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs",
 * ASPLOS 2010): every actor gets a random priority and the highest that can go goes; at `depth - 1`
 * random places the one whose turn it is falls below all others. A fault that takes `depth` ordering
 * constraints among n actors in k steps is hit with a chance of at least 1/(n k^(depth-1)) a run.
 *
 * k is the most choice points that a run had so far. Time is an actor like any other.
 */
export function pctExplorer(seed: number, depth: number): Explorer {
  const seeds = randomOf(seed)
  let pointsMax = 1
  return {
    next: () => {
      const random = randomOf(seeds.below(2 ** 32))
      const changes = new Set(Array.from({ length: depth - 1 }, () => random.below(pointsMax)))
      const priorities = new Map<number, number>()
      let lowest = 0
      return {
        choose: ({ number, options }) => {
          pointsMax = Math.max(pointsMax, number + 1)
          giveTo(options, priorities, random)
          if (changes.has(number)) {
            const first = options[highest(options, priorities)]
            lowest -= 1
            if (first !== undefined) priorities.set(first.actor, lowest)
          }
          return highest(options, priorities)
        },
      }
    },
  }
}

/** Priorities for actors that have none yet: random, above those that fell. */
function giveTo(options: readonly Option[], priorities: Map<number, number>, random: Random): void {
  for (const { actor } of options) {
    if (!priorities.has(actor)) priorities.set(actor, 1 + random.below(2 ** 30))
  }
}

function highest(options: readonly Option[], priorities: ReadonlyMap<number, number>): number {
  let best = 0
  const priority = (index: number) => priorities.get(options[index]?.actor ?? 0) ?? 0
  for (let index = 1; index < options.length; index += 1) {
    if (priority(index) > priority(best)) best = index
  }
  return best
}

interface Taken {
  option: number
  readonly options: readonly Option[]
  /** Preemptions before this point. */
  readonly spent: number
}

/**
 * Every schedule with at most so many preemptions, each once, depth first (CHESS: Musuvathi et al.,
 * OSDI 2008). A switch away from an actor that cannot go on is free, so a small bound already leaves
 * all the schedules in which actors are interrupted where it matters.
 *
 * Stateless: each run starts from the beginning and repeats the choices of the last but one.
 */
export function exhaustiveExplorer(preemptionsMax: number): Explorer {
  const path: Taken[] = []
  let begun = false
  const choose = ({ number, options }: ChoicePoint): number => {
    const known = path[number]
    if (known !== undefined) return known.option
    const last = path.at(-1)
    path.push({ option: 0, options, spent: last === undefined ? 0 : spentAfter(last) })
    return 0
  }
  return {
    next: () => {
      if (begun && !advance(path, preemptionsMax)) return undefined
      begun = true
      return { choose }
    },
  }
}

/** Moves on to the next path in order; whether there is one. */
function advance(path: Taken[], preemptionsMax: number): boolean {
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    for (last.option += 1; last.option < last.options.length; last.option += 1) {
      if (spentAfter(last) <= preemptionsMax) return true
    }
    path.pop()
  }
  return false
}

function spentAfter({ option, options, spent }: Taken): number {
  return spent + (options[option]?.preempts === true ? 1 : 0)
}
