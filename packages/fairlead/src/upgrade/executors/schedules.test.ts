import { expect, test } from 'vitest'
import { MOVER_MUTANTS } from '../../../../../tests/controller-simulator/mover-mutants.ts'
import { runSchedule } from '../../../../../tests/controller-simulator/schedule.ts'

// Half a minute of one core plays some hundreds of one: `npm run simulate:controller -- 500 0 talos`.
test.each(['job', 'plan', 'talos'] as const)(
  'with the executor %s, and Jobs and pods as late as they are, every rule holds',
  async (mover) => {
    const first = Number(process.env['FL_SEED'] ?? 0)
    for (let seed = first; seed < first + 25; seed++) {
      const { broken } = await runSchedule(seed, undefined, mover)
      expect(broken, `npm run simulate:controller -- 1 ${seed} ${mover}`).toEqual([])
    }
  },
  60_000,
)

test.each(Object.entries(MOVER_MUTANTS))(
  'the rules find a controller that %s',
  async (_, { mover, mutant }) => {
    let found = false
    for (let seed = 0; seed < 600 && !found; seed++) {
      found = (await runSchedule(seed, mutant, mover)).broken.length > 0
    }
    expect(found).toBe(true)
  },
  60_000,
)
