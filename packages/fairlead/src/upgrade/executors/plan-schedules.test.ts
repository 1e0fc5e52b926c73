import { expect, test } from 'vitest'
import { PLAN_MUTANTS } from '../../../../../tests/controller-simulator/plan-mutants.ts'
import { runSchedule } from '../../../../../tests/controller-simulator/schedule.ts'

// Half a minute of one core plays a thousand: `npm run simulate:controller -- 1000 0 plan`.
test('system-upgrade-controller moves the nodes, late as it is: every rule holds', async () => {
  const first = Number(process.env['FL_SEED'] ?? 0)
  for (let seed = first; seed < first + 50; seed++) {
    const { broken } = await runSchedule(seed, undefined, 'plan')
    expect(broken, `npm run simulate:controller -- 1 ${seed} plan`).toEqual([])
  }
}, 60_000)

test.each(Object.entries(PLAN_MUTANTS))(
  'the rules find a controller that %s',
  async (_, mutant) => {
    let found = false
    for (let seed = 0; seed < 600 && !found; seed++) {
      found = (await runSchedule(seed, mutant, 'plan')).broken.length > 0
    }
    expect(found).toBe(true)
  },
  60_000,
)
