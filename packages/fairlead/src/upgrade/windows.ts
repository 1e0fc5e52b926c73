import { z } from 'zod'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

const timeOfDay = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'expected a time of day such as 22:00' })

/** A time of the week in which nodes may begin. */
export const windowSchema = z.strictObject({
  days: z.array(z.enum(DAYS)).min(1).max(7).optional().describe('Every day if not given.'),
  start: timeOfDay.describe('Such as 22:00.'),
  end: timeOfDay.describe('The next day, if not after `start`.'),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, { error: 'expected a time zone such as Europe/Berlin' })
    .default('UTC')
    .describe('A name such as Europe/Berlin.'),
})
/** See {@link windowSchema}. */
export type Window = z.output<typeof windowSchema>

/** Whether one of the windows is open; where there is none, it always is. */
export function isOpen(windows: readonly Window[], wallMs: number): boolean {
  return windows.length === 0 || windows.some((window) => covers(window, wallMs))
}

function covers({ days = [...DAYS], start, end, timeZone }: Window, wallMs: number): boolean {
  const { day, time } = localTime(wallMs, timeZone)
  const isDay = (index: number) => days.includes(DAYS[(index + 7) % 7] ?? 'Sun')
  if (start < end) return isDay(day) && start <= time && time < end
  return (isDay(day) && time >= start) || (isDay(day - 1) && time < end)
}

function localTime(wallMs: number, timeZone: string): { day: number; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(wallMs)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  const day = DAYS.findIndex((name) => name === part('weekday'))
  return { day, time: `${part('hour')}:${part('minute')}` }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}
