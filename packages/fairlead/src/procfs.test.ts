import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isAlive, processesOf, processesWithEnv, processOf, processUse, signal } from './procfs.ts'

test('a process is known by its number and its start, as long as it lives', async () => {
  const child = spawn('sleep', ['4711'], { env: { ...process.env, FL_TEST: 'procfs' } })
  const pid = child.pid ?? 0
  await once(child, 'spawn')
  const found = processOf(pid)
  expect(found?.pid).toBe(pid)
  if (found === undefined) return
  expect(isAlive(found)).toBe(true)
  // Another one that has got the number later.
  expect(isAlive({ ...found, startTick: found.startTick - 1 })).toBe(false)
  expect(processUse({ ...found, startTick: found.startTick - 1 })).toBeUndefined()
  expect(processUse(found)?.residentBytes).toBeGreaterThan(0n)
  expect(await processesOf(['sleep'])).toContainEqual({ process: found, rest: ['4711'] })
  expect(await processesWithEnv(new Set(['FL_TEST=procfs']))).toEqual([found])
  signal({ ...found, startTick: found.startTick - 1 }, 'SIGKILL')
  expect(isAlive(found)).toBe(true)
  signal(found, 'SIGKILL')
  await once(child, 'exit')
  expect([isAlive(found), processOf(pid), processUse(found)]).toEqual([false, undefined, undefined])
})
