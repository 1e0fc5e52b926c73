import { expect, test } from 'vitest'
import type { Clock } from './ports.ts'
import { singleFlight } from './single-flight.ts'

const { signal } = new AbortController()

test('a call that hangs is not made again; whoever asks later gets its answer', async () => {
  const calls: PromiseWithResolvers<string>[] = []
  const ask = singleFlight(() => {
    const call = Promise.withResolvers<string>()
    calls.push(call)
    return call.promise
  }, IMPATIENT)
  expect(await ask({ timeoutMs: 3, signal })).toBeUndefined()
  expect(await ask({ timeoutMs: 3, signal })).toBeUndefined()
  expect(calls).toHaveLength(1)
  calls[0]?.resolve('late')
  expect(await ask({ timeoutMs: 3, signal })).toBe('late')
  await calls[0]?.promise
  expect(await ask({ timeoutMs: 3, signal })).toBeUndefined()
  expect(calls).toHaveLength(2)
})

test('a call that fails is made again', async () => {
  let calls = 0
  const ask = singleFlight(async () => {
    calls += 1
    throw new Error(`call ${calls}`)
  }, IMPATIENT)
  await expect(ask({ timeoutMs: 3, signal })).rejects.toThrow('call 1')
  await expect(ask({ timeoutMs: 3, signal })).rejects.toThrow('call 2')
})

/** Time passes as soon as nothing else moves. */
const IMPATIENT: Clock = {
  now: () => 0,
  sleep: () => new Promise((resolve) => void setImmediate(resolve)),
}
