import { expect, test } from 'vitest'
import { MUTANTS } from '../../../../../tests/controller-simulator/mutants.ts'
import { runSchedule } from '../../../../../tests/controller-simulator/schedule.ts'

// Half a minute of one core plays some thousands: `npm run simulate:controller -- 5000`.
test('two controllers, lost requests, restarts, clocks that jump, people who interfere: every rule holds', async () => {
  const first = Number(process.env['FL_SEED'] ?? 0)
  for (let seed = first; seed < first + 150; seed++) {
    const { broken } = await runSchedule(seed)
    expect(broken, `npm run simulate:controller -- 1 ${seed}`).toEqual([])
  }
}, 60_000)

test('the same seed is the same schedule', async () => {
  const [first, second] = [await runSchedule(17), await runSchedule(17)]
  expect(first.story().length).toBeGreaterThan(10)
  expect(second.story()).toEqual(first.story())
})

test.each(Object.entries(MUTANTS))(
  'the rules find a controller that %s',
  async (_, mutant) => {
    let found = false
    for (let seed = 0; seed < 600 && !found; seed++) {
      found = (await runSchedule(seed, mutant)).broken.length > 0
    }
    expect(found).toBe(true)
  },
  60_000,
)
