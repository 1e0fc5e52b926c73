import { expect, test } from 'vitest'
import { isOpen, windowSchema } from './windows.ts'

const open = (window: object, at: string) => isOpen([windowSchema.parse(window)], Date.parse(at))

test('without a window it is always open', () => {
  expect(isOpen([], 0)).toBe(true)
})

test('a window is of a time zone, summer time included', () => {
  const window = { start: '22:00', end: '23:00', timeZone: 'Europe/Berlin' }
  expect(open(window, '2026-01-15T21:30:00Z')).toBe(true)
  expect(open(window, '2026-07-15T21:30:00Z')).toBe(false)
  expect(open(window, '2026-07-15T20:30:00Z')).toBe(true)
})

test('a window over midnight belongs to the day it begins on', () => {
  const window = { days: ['Sat'], start: '22:00', end: '04:00' }
  expect(open(window, '2026-01-10T23:00:00Z')).toBe(true)
  expect(open(window, '2026-01-11T03:59:00Z')).toBe(true)
  expect(open(window, '2026-01-11T04:00:00Z')).toBe(false)
  expect(open(window, '2026-01-10T03:00:00Z')).toBe(false)
})

test.each([
  [{ start: '25:00', end: '04:00' }],
  [{ start: '22:00', end: '04:00', timeZone: 'Berlin' }],
  [{ start: '22:00', end: '04:00', days: [] }],
])('%j is refused', (window) => {
  expect(windowSchema.safeParse(window).success).toBe(false)
})
