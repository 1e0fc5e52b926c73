import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'

test('events come by time, and of one time in the order they were added', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (times) => {
      const queue = new EventQueue<{ atMs: number; number: number }>()
      for (const [number, atMs] of times.entries()) queue.add({ atMs, number })
      const taken = times.map(() => queue.take())
      const sorted = times.map((atMs, number) => ({ atMs, number }))
      sorted.sort((a, b) => a.atMs - b.atMs || a.number - b.number)
      expect(taken).toEqual(sorted)
      expect(queue.take()).toBeUndefined()
    }),
  )
})
