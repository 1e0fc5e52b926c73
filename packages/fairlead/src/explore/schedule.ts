import type { ChoicePoint, Strategy } from './strategy.ts'

/** Where a run left the beaten path: at which choice point, for which option (never 0). */
interface Deviation {
  readonly point: number
  readonly option: number
}

/**
 * A run in full: everywhere else the first option was taken. So a schedule is as long as it is
 * strange, and dropping a deviation makes it plainer, which is what shrinking does.
 */
export type Schedule = readonly Deviation[]

/** The schedule of a run that took these options, one for each choice point. */
export function scheduleOf(choices: readonly number[]): Schedule {
  return choices.flatMap((option, point) => (option === 0 ? [] : [{ point, option }]))
}

/** `3.1-7.2`: option 1 at choice point 3, option 2 at 7; `0` without any deviation. */
export function formatSchedule(schedule: Schedule): string {
  return schedule.map(({ point, option }) => `${point}.${option}`).join('-') || '0'
}

/** Reads what {@link formatSchedule} wrote; undefined for anything else. */
export function parseSchedule(text: string): Schedule | undefined {
  if (text === '0') return []
  if (!/^\d{1,6}\.\d{1,3}(-\d{1,6}\.\d{1,3})*$/.test(text)) return undefined
  const schedule = text.split('-').map((part) => {
    const [point, option] = part.split('.').map(Number)
    return { point: point ?? 0, option: option ?? 0 }
  })
  const ordered = schedule.every(
    ({ point, option }, index) => option > 0 && point > (schedule[index - 1]?.point ?? -1),
  )
  return ordered ? schedule : undefined
}

/** A strategy that follows a schedule, and knows whether the run had the places it speaks of. */
export interface Replay extends Strategy {
  /** The first deviation that the run had no place for; undefined when all were followed. */
  readonly misfit: () => Deviation | undefined
}

/** Follows a schedule. A deviation with no place in the run is passed over and remembered. */
export function replay(schedule: Schedule): Replay {
  const wanted = new Map(schedule.map((deviation) => [deviation.point, deviation]))
  const followed = new Set<Deviation>()
  return {
    choose: ({ number, options }: ChoicePoint) => {
      const deviation = wanted.get(number)
      if (deviation === undefined || deviation.option >= options.length) return 0
      followed.add(deviation)
      return deviation.option
    },
    misfit: () => schedule.find((deviation) => !followed.has(deviation)),
  }
}
