import { expect, test } from 'vitest'
import {
  count,
  duration,
  latency,
  relativeHref,
  seconds,
  shorten,
  size,
  unbroken,
  when,
} from './format.ts'

test.each([
  [0, '0.0 s'],
  [240, '0.2 s'],
  [38_249, '38.2 s'],
  [99_949, '99.9 s'],
  [99_960, '100 s'],
  [124_400, '124 s'],
])('%d ms is %s', (ms, text) => {
  expect(seconds(ms)).toBe(text)
})

test.each([
  [0.4, '0.4 ms'],
  [9.96, '10 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [38_200, '38.2 s'],
])('a latency of %d ms is %s', (ms, text) => {
  expect(latency(ms)).toBe(text)
})

test.each([
  [58_200, '58 s'],
  [59_600, '1 min 0 s'],
  [252_000, '4 min 12 s'],
  [3_780_000, '1 h 3 min'],
  [7_199_000, '2 h 0 min'],
])('a run of %d ms took %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test.each([
  [0, 'trial', '0 trials'],
  [1, 'crash', '1 crash'],
  [2, 'crash', '2 crashes'],
  [2, 'pass', '2 passes'],
  [3, 'wedge', '3 wedges'],
])('%d %s: %s', (n, noun, text) => {
  expect(count(n, noun)).toBe(text)
})

test('sizes change to kB at 1000 bytes', () => {
  expect([size(0), size(999), size(1240)]).toEqual(['0 B', '999 B', '1.2 kB'])
})

test('dates are in UTC, and text that is no date stays as it is', () => {
  expect(when('2026-08-02T16:05:00+02:00')).toBe('2 August 2026 at 14:05 UTC')
  expect(when('yesterday')).toBe('yesterday')
})

test('a relative link stays relative whatever the file is called', () => {
  expect(relativeHref('trials/a b#1?.jsonl')).toBe('./trials/a%20b%231%3F.jsonl')
  expect(relativeHref('javascript:x')).toBe('./javascript%3Ax')
})

test('shortens only what is too long', () => {
  expect(shorten('started', 8)).toBe('started')
  expect(shorten('started again', 9)).toBe('started…')
})

test('numbers keep their units', () => {
  expect(unbroken('NotReady 38.2 s: 2 stalls in 3 of 4')).toBe(
    'NotReady 38.2\u00a0s: 2\u00a0stalls in 3\u00a0of 4',
  )
})
