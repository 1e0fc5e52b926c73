import { expect, test } from 'vitest'
import type { Clock } from '../ports.ts'
import { latenessDuring, watchLateness } from './lateness.ts'
import type { TraceEvent } from './trace.ts'

/** A clock whose nth sleep is late by `lateMs(n)`, and that ends the watch after so many. */
function lateClock(sleeps: number, lateMs: (nth: number) => number) {
  const watch = new AbortController()
  let nowMs = 0
  let slept = 0
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms + lateMs(slept)
      slept += 1
      if (slept === sleeps) watch.abort()
    },
  }
  return { clock, signal: watch.signal }
}

async function measure(sleeps: number, lateMs: (nth: number) => number): Promise<TraceEvent[]> {
  const events: TraceEvent[] = []
  const { clock, signal } = lateClock(sleeps, lateMs)
  const sink = { write: (event: TraceEvent) => events.push(event) }
  await watchLateness({ clock, atMs: clock.now, sink, signal })
  return events
}

test('writes the worst and the sum of every ten samples, and of what is left at the end', async () => {
  expect(await measure(12, (nth) => (nth === 3 ? 250 : 1))).toEqual([
    { type: 'lateness', startedAtMs: 0, atMs: 1259, maxMs: 250, sumMs: 259 },
    { type: 'lateness', startedAtMs: 1259, atMs: 1461, maxMs: 1, sumMs: 2 },
  ])
})

test('only what was measured during a span counts for it', async () => {
  const trace = await measure(30, (nth) => (nth === 15 ? 400 : 0))
  expect(latenessDuring(trace, { startMs: 0, endMs: 900 })).toEqual({ maxMs: 0, sumMs: 0 })
  expect(latenessDuring(trace, { startMs: 1200, endMs: 1300 })).toEqual({ maxMs: 400, sumMs: 400 })
  expect(latenessDuring([], { startMs: 0, endMs: 900 })).toEqual({ maxMs: 0, sumMs: 0 })
})
