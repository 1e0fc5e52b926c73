import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BOOT_DEFAULTS } from './boot-options.ts'
import { formatReplay, parseReplay } from './replay-string.ts'
import { formatSchedule, parseSchedule, scheduleOf } from './schedule.ts'

test('a schedule is where it left the first option', () => {
  expect(formatSchedule(scheduleOf([0, 0, 2, 0, 1, 0]))).toBe('2.2-4.1')
  expect(formatSchedule(scheduleOf([0, 0]))).toBe('0')
})

test('schedules come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { maxLength: 60 }), (choices) => {
      const schedule = scheduleOf(choices)
      expect(parseSchedule(formatSchedule(schedule))).toEqual(schedule)
    }),
  )
})

test('a replay string holds all that makes the run, and the defaults not at all', () => {
  const run = { subject: 'go-cni@1.1.12', boot: BOOT_DEFAULTS, schedule: scheduleOf([1, 0, 1]) }
  expect(formatReplay(run)).toBe('x1:go-cni@1.1.12::0.1-2.1')
  const other = {
    ...run,
    boot: { ...BOOT_DEFAULTS, pods: 2, pluginMs: 'hang' as const, statusMs: 2_000 },
  }
  expect(formatReplay(other)).toBe('x1:go-cni@1.1.12:pods=2,plugin=hang,status=2000:0.1-2.1')
  for (const one of [run, other]) expect(parseReplay(formatReplay(one))).toEqual(one)
})

test.each([
  ['', 'does not begin with x1:'],
  ['x2:go-cni@1.1.12::0', 'does not begin with x1:'],
  ['x1:go-cni@1.1.12::0:0', 'more than four parts'],
  ['x1:go-cni@1.1.12::', '"" is no schedule'],
  ['x1:go-cni@1.1.12::1', '"1" is no schedule'],
  ['x1:go-cni@1.1.12::2.0', '"2.0" is no schedule'],
  ['x1:go-cni@1.1.12::3.1-2.1', '"3.1-2.1" is no schedule'],
  ['x1:go-cni@1.1.12:pods=-1:0', '"pods=-1" is no boot'],
  ['x1:go-cni@1.1.12:pods=hang:0', '"pods=hang" is no boot'],
  ['x1:go-cni@1.1.12:pods=1000000:0', '"pods=1000000" is no boot'],
  ['x1:go-cni@1.1.12:toString=1:0', '"toString=1" is no boot'],
  ['x1:go-cni@1.0::0', 'no subject named "go-cni@1.0"'],
])('%j is refused', (text, why) => {
  expect(() => parseReplay(text)).toThrow(why)
})
