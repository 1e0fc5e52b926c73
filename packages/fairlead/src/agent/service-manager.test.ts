import { expect, test } from 'vitest'
import type { Clock } from '../ports.ts'
import { keepTold, serviceManager } from './service-manager.ts'

test('there is a manager where it says so, and a watchdog where it is meant for this process', () => {
  expect(serviceManager({}, 7)).toBeUndefined()
  const env = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000' }
  expect(serviceManager(env, 7)?.watchdogEveryMs).toBe(15_000)
  expect(serviceManager({ ...env, WATCHDOG_PID: '7' }, 7)?.watchdogEveryMs).toBe(15_000)
  expect(serviceManager({ ...env, WATCHDOG_PID: '8' }, 7)?.watchdogEveryMs).toBeUndefined()
  expect(serviceManager({ NOTIFY_SOCKET: '/n' }, 7)?.watchdogEveryMs).toBeUndefined()
})

/** What is told within so many seconds, by an agent that is as `at` says at each. */
async function toldWithin(
  seconds: number,
  at: (second: number) => { text: string; alive: boolean },
) {
  let nowMs = 0
  const ends = new AbortController()
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
      if (nowMs >= seconds * 1000) ends.abort()
    },
  }
  const told: string[] = []
  const manager = {
    watchdogEveryMs: 4_000,
    notify: async (assignments: readonly string[]) => {
      told.push(`${nowMs / 1000} ${assignments.join(' ')}`)
    },
  }
  const now = () => at(nowMs / 1000)
  const agent = { text: () => now().text, isAlive: () => now().alive }
  await keepTold(manager, agent, { clock, signal: ends.signal })
  return told
}

test('readiness is told once, the state when it changes, life as often as it is asked for', async () => {
  const told = await toldWithin(10, (second) => ({
    text: second < 6 ? 'waits' : 'ready',
    alive: true,
  }))
  expect(told).toEqual([
    '0 READY=1',
    '0 STATUS=waits',
    '4 WATCHDOG=1',
    '6 STATUS=ready',
    '8 WATCHDOG=1',
    '10 STOPPING=1',
  ])
})

test('an agent that hangs is not called alive, and is again as soon as it goes on', async () => {
  const told = await toldWithin(10, (second) => ({ text: 'x', alive: second < 3 || second >= 7 }))
  expect(told.filter((each) => each.includes('WATCHDOG'))).toEqual(['7 WATCHDOG=1'])
})
