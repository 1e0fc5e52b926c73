import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CellName, cellsOfShard, orderOfRound } from './order.ts'

const CELLS = matrix(6, 30)

test('every cell is in exactly one shard, and the shards are of one size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), (count) => {
      const shards = Array.from({ length: count }, (_, index) =>
        cellsOfShard(CELLS, { index: index + 1, count }),
      )
      expect(new Set(shards.flat())).toEqual(new Set(CELLS))
      const sizes = shards.map((shard) => shard.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('a shard has the same cells however the command line was ordered', () => {
  const shard = { index: 2, count: 3 }
  const names = (cells: readonly CellName[]) =>
    cells.map(({ runtime, scenario }) => `${runtime} ${scenario}`).toSorted()
  expect(names(cellsOfShard(CELLS.toReversed(), shard))).toEqual(names(cellsOfShard(CELLS, shard)))
})

test('the same seed gives the same order, another seed or round another one', () => {
  const order = orderOfRound(CELLS, 7, 1)
  expect(orderOfRound(CELLS.toReversed(), 7, 1)).toEqual(order)
  expect(orderOfRound(CELLS, 8, 1)).not.toEqual(order)
  expect(orderOfRound(CELLS, 7, 2)).not.toEqual(order)
  expect(new Set(order)).toEqual(new Set(CELLS))
})

test('the runtimes of a scenario follow each other, not always in the same order', () => {
  const order = orderOfRound(CELLS, 7, 1)
  const blocks = Array.from({ length: 30 }, (_, index) => order.slice(index * 6, index * 6 + 6))
  for (const block of blocks) expect(new Set(block.map(({ scenario }) => scenario)).size).toBe(1)
  const orders = blocks.map((block) => block.map(({ runtime }) => runtime).join(' '))
  expect(new Set(orders).size).toBeGreaterThan(1)
})

function matrix(runtimes: number, scenarios: number): CellName[] {
  return Array.from({ length: runtimes * scenarios }, (_, index) => ({
    runtime: `r${index % runtimes}`,
    scenario: `s${Math.floor(index / runtimes)}`,
  }))
}
