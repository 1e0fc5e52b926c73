import { expect, test } from 'vitest'
import { exhaustiveExplorer, pctExplorer, randomExplorer } from './explorers.ts'
import type { Explorer } from './strategy.ts'
import { World } from './world.ts'

/** Every order in which an explorer lets actors take so many steps each. */
async function orders(
  explorer: Explorer,
  steps: readonly number[],
  runsMax = 100_000,
): Promise<string[]> {
  const seen: string[] = []
  for (
    let strategy = explorer.next();
    strategy !== undefined && seen.length < runsMax;
    strategy = explorer.next()
  ) {
    const world = new World()
    let order = ''
    for (const [actor, many] of steps.entries()) {
      world.spawn(String(actor), async () => {
        for (let step = 0; step < many; step += 1) {
          await world.step()
          order += actor
        }
      })
    }
    await world.run(strategy, () => false)
    seen.push(order)
  }
  return seen
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1)
}

/** How often the turn was taken from an actor that had steps left. */
function preemptionsOf(order: string): number {
  return order
    .split('')
    .filter(
      (actor, at) => at > 0 && actor !== order[at - 1] && order.includes(order[at - 1] ?? '', at),
    ).length
}

test.each([[[1, 1]], [[2, 2]], [[4, 4]], [[5, 3]], [[2, 2, 2]], [[3, 2, 1, 1]]])(
  'without a bound every order of %j steps comes exactly once',
  async (steps) => {
    const seen = await orders(exhaustiveExplorer(Infinity), steps)
    const sum = steps.reduce((total, many) => total + many, 0)
    const expected = factorial(sum) / steps.reduce((product, many) => product * factorial(many), 1)
    expect(seen).toHaveLength(expected)
    expect(new Set(seen).size).toBe(expected)
  },
)

test.each([0, 1, 2, 3])('with a bound of %i exactly the orders within it come', async (bound) => {
  const all = await orders(exhaustiveExplorer(Infinity), [3, 3, 2])
  const within = all.filter((order) => preemptionsOf(order) <= bound)
  expect((await orders(exhaustiveExplorer(bound), [3, 3, 2])).sort()).toEqual(within.sort())
})

test('without preemptions actors take turns as wholes', async () => {
  expect(await orders(exhaustiveExplorer(0), [3, 3])).toEqual(['000111', '111000'])
})

test.each([
  ['random', randomExplorer],
  ['PCT', (seed: number) => pctExplorer(seed, 3)],
])('%s: the same seed gives the same schedules, another gives others', async (_, explorerOf) => {
  const some = (seed: number) => orders(explorerOf(seed), [4, 4, 4], 50)
  expect(await some(7)).toEqual(await some(7))
  expect(await some(7)).not.toEqual(await some(8))
})

test('random schedules reach every order', async () => {
  expect(new Set(await orders(randomExplorer(1), [2, 2], 200)).size).toBe(6)
})

test('PCT of depth d takes the turn at most d - 1 times', async () => {
  for (const depth of [1, 2, 3]) {
    const seen = await orders(pctExplorer(1, depth), [5, 5, 5], 500)
    expect(Math.max(...seen.map(preemptionsOf))).toBe(depth - 1)
  }
})
