import type { FaultKind } from './faults.ts'
import { replay, type Schedule, scheduleOf } from './schedule.ts'
import type { Strategy } from './strategy.ts'
import { type Case, runCase } from './trial.ts'

interface Attempt {
  readonly failed: boolean
  /** What the run did: what had no place in it, or came after the fault, is gone. */
  readonly schedule: Schedule
  /** How many options each choice point had. */
  readonly widths: readonly number[]
}

/** How many schedules are tried to find a plainer one than delta debugging did. */
const SEARCH_MAX = 20_000

/**
 * The plainest schedule that still shows the fault, found from one that does. Plainer is: fewer
 * deviations, then a shorter run. First delta debugging (Zeller and Hildebrandt, TSE 2002) over the
 * deviations; then the schedules with none, one, two, ... of them, as many as may be tried, since delta
 * debugging stops where no single step makes it plainer. Only what was seen to fail is kept.
 */
export async function shrink(tested: Case, schedule: Schedule, kind: FaultKind): Promise<Schedule> {
  const attempt = async (deviations: Schedule): Promise<Attempt> => {
    const widths: number[] = []
    const { choose } = replay(deviations)
    const strategy: Strategy = {
      choose: (point) => {
        widths.push(point.options.length)
        return choose(point)
      },
    }
    const { choices, faults } = await runCase(tested, strategy, kind)
    return { failed: faults.has(kind), schedule: scheduleOf(choices), widths }
  }
  const start = await attempt(schedule)
  if (!start.failed) throw new Error('a schedule that is to be shrunk must fail')
  const best = await withoutChunks(start, attempt)
  const found = await plainest(best.schedule.length, attempt)
  return (found === undefined || isPlainer(best, found) ? best : found).schedule
}

type Try = (deviations: Schedule) => Promise<Attempt>

/** Leaves out halves, quarters, ... down to single deviations, until none can be spared. */
async function withoutChunks(start: Attempt, attempt: Try): Promise<Attempt> {
  let best = start
  for (let size = best.schedule.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best.schedule.length;) {
      const candidate = await attempt(best.schedule.toSpliced(from, size))
      if (candidate.failed && isPlainer(candidate, best)) best = candidate
      else from += size
    }
  }
  return best
}

/** The plainest of all schedules with at most so many deviations, as far as may be looked. */
async function plainest(sizeMax: number, attempt: Try): Promise<Attempt | undefined> {
  let best: Attempt | undefined
  let level: Schedule[] = [[]]
  let tried = 0
  for (let size = 0; size <= sizeMax && best === undefined; size += 1) {
    const next: Schedule[] = []
    for (const schedule of level) {
      tried += 1
      if (tried > SEARCH_MAX) return best
      const candidate = await attempt(schedule)
      if (!candidate.failed) {
        if (next.length < SEARCH_MAX) next.push(...extensions(schedule, candidate.widths))
      } else if (best === undefined || isPlainer(candidate, best)) best = candidate
    }
    level = next
  }
  return best
}

/** The schedule with one deviation more, behind those it has. */
function extensions(schedule: Schedule, widths: readonly number[]): Schedule[] {
  const from = (schedule.at(-1)?.point ?? -1) + 1
  return widths
    .slice(from)
    .flatMap((width, index) =>
      Array.from({ length: width - 1 }, (_, other) => [
        ...schedule,
        { point: from + index, option: other + 1 },
      ]),
    )
}

function isPlainer(one: Attempt, other: Attempt): boolean {
  const fewer = one.schedule.length - other.schedule.length
  return fewer < 0 || (fewer === 0 && one.widths.length < other.widths.length)
}
