import { expect, test } from 'vitest'
import { type Clock, settlesWithin, systemClock, waitUntil } from './ports.ts'

/** A clock on which a sleep takes no time, only moves it on. */
function jumpingClock(): Clock {
  let nowMs = 0
  return {
    now: () => nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      nowMs += ms
    },
  }
}

test('polling ends when the condition holds, or when the time is over', async () => {
  const clock = jumpingClock()
  const options = { clock, everyMs: 100, timeoutMs: 1000 }
  expect(await waitUntil(() => clock.now() >= 500, options)).toBe(true)
  expect(clock.now()).toBe(500)
  expect(await waitUntil(() => false, options)).toBe(false)
  expect(clock.now()).toBe(1500)
})

test('polling ends with the signal', async () => {
  const options = { clock: jumpingClock(), everyMs: 1, timeoutMs: 1000 }
  const polling = waitUntil(() => false, { ...options, signal: AbortSignal.abort(new Error('no')) })
  await expect(polling).rejects.toThrow('no')
})

test('a race that is decided leaves no timer behind', async () => {
  let aborted = false
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          aborted = true
          reject(new Error('aborted'))
        })
      }),
  }
  expect(await settlesWithin(Promise.resolve(), { clock, timeoutMs: 60_000 })).toBe(true)
  expect(aborted).toBe(true)
})

test('a promise that does not settle in time, or before the signal, is not waited for', async () => {
  const never = new Promise(() => {})
  expect(await settlesWithin(never, { clock: jumpingClock(), timeoutMs: 10 })).toBe(false)
  const signal = AbortSignal.abort()
  expect(await settlesWithin(never, { clock: systemClock, timeoutMs: 60_000, signal })).toBe(false)
})

test.each([2 ** 31, Number.POSITIVE_INFINITY])(
  'a sleep of %d ms, longer than any timer of Node.js, does not end at once',
  async (ms) => {
    const giveUp = new AbortController()
    const sleeping = systemClock.sleep(ms, giveUp.signal)
    const slept = sleeping.then(
      () => 'woke',
      () => 'aborted',
    )
    await systemClock.sleep(20)
    giveUp.abort()
    expect(await slept).toBe('aborted')
  },
)
