import { expect, test } from 'vitest'
import { answeredError } from './http-errors.ts'

test('a reason that is a word of JavaScript is no reason', () => {
  const status = { kind: 'Status', reason: 'constructor', message: 'm' }
  expect(answeredError(500, status)).toEqual({ reason: 'server-error', message: 'm' })
})

test.each(['Infinity', '1e300', '999999999'])(
  'a server that asks for %s seconds of patience gets five minutes',
  (seconds) => {
    expect(answeredError(429, undefined, seconds)).toMatchObject({ retryAfterMs: 300_000 })
  },
)

test('what is no number of seconds asks for nothing', () => {
  expect(answeredError(503, undefined, 'Wed, 21 Oct 2026 07:28:00 GMT')).not.toHaveProperty(
    'retryAfterMs',
  )
})
