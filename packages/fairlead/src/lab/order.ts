import { createHash } from 'node:crypto'
import type { Shard } from './report/report.ts'

/** One scenario on one runtime. */
export interface CellName {
  readonly runtime: string
  readonly scenario: string
}

/**
 * The cells of one shard, in their given order. Cells are dealt out by a hash of their names: every
 * cell to exactly one shard, shards of equal size but for one, and the same ones however the command line
 * was ordered.
 */
export function cellsOfShard<T extends CellName>(cells: readonly T[], shard?: Shard): T[] {
  if (shard === undefined) return [...cells]
  const ranks = new Map(
    cells
      .map((cell) => ({ cell, key: hash([cell.runtime, cell.scenario]) }))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1))
      .map(({ cell }, rank) => [cell, rank] as const),
  )
  return cells.filter((cell) => (ranks.get(cell) ?? 0) % shard.count === shard.index - 1)
}

/**
 * The cells in the order of one round: scenarios shuffled, and the runtimes of one scenario, shuffled
 * too, one after another, so that they are compared under one load. The same seed and round give
 * the same order.
 */
export function orderOfRound<T extends CellName>(
  cells: readonly T[],
  seed: number,
  round: number,
): T[] {
  const key = (...parts: readonly string[]) => hash([String(seed), String(round), ...parts])
  const byKey = (left: string, right: string) => (left < right ? -1 : 1)
  return cells.toSorted(
    (left, right) =>
      (left.scenario === right.scenario ? 0 : byKey(key(left.scenario), key(right.scenario))) ||
      byKey(key(left.scenario, left.runtime), key(right.scenario, right.runtime)),
  )
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
