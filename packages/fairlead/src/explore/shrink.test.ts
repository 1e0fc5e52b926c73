import { expect, test } from 'vitest'
import { BOOT_DEFAULTS } from './boot-options.ts'
import { booted } from './boot.ts'
import { randomExplorer } from './explorers.ts'
import { GO_CNI } from './go-cni.ts'
import { formatSchedule, scheduleOf } from './schedule.ts'
import { shrink } from './shrink.ts'
import { type Case, runCase } from './trial.ts'

const tested: Case = {
  begin: booted(GO_CNI['1.1.12']),
  options: { ...BOOT_DEFAULTS, pods: 2, reloads: 2 },
}

test('whatever run a fault was found in, its plainest story is the same', async () => {
  const explorer = randomExplorer(11)
  const shrunk = new Set<string>()
  let longest = 0
  for (let found = 0; found < 8;) {
    const strategy = explorer.next()
    if (strategy === undefined) break
    const { choices, faults } = await runCase(tested, strategy)
    if (!faults.has('stall')) continue
    found += 1
    const schedule = scheduleOf(choices)
    longest = Math.max(longest, schedule.length)
    shrunk.add(formatSchedule(await shrink(tested, schedule, 'stall')))
  }
  expect(longest).toBeGreaterThan(6)
  expect([...shrunk]).toHaveLength(1)
  expect([...shrunk][0]?.split('-').length).toBeLessThanOrEqual(3)
})

test('a schedule that does not fail cannot be shrunk', async () => {
  await expect(shrink(tested, [], 'deadlock')).rejects.toThrow('must fail')
})
