/** Something placed beside, or in a row below, what it would overlap. */
export interface Packed<T> {
  readonly item: T
  /** Counts from 0. */
  readonly row: number
  readonly from: number
  readonly to: number
  /** Where the next one in this row begins; `end` for the last. */
  readonly room: number
}

/**
 * Puts each item into the first row in which it overlaps no other, in the order they begin. Where there are
 * more than `rowsMax`, the last row takes the rest.
 */
export function pack<T>(
  items: readonly T[],
  end: number,
  extent: (item: T) => { readonly from: number; readonly to: number },
  rowsMax: number = Number.POSITIVE_INFINITY,
): Packed<T>[] {
  const sorted = items
    .map((item) => {
      const { from, to } = extent(item)
      return { item, from, to }
    })
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
  const rowEnds: number[] = []
  const placed = sorted.map((item) => {
    const free = rowEnds.findIndex((rowEnd) => rowEnd <= item.from)
    const row = Math.min(free === -1 ? rowEnds.length : free, rowsMax - 1)
    rowEnds[row] = item.to
    return { ...item, row }
  })
  return placed.map((item, i) => {
    const next = placed.find((other, j) => j > i && other.row === item.row)
    return { ...item, room: next?.from ?? end }
  })
}

/** How many rows `packed` takes; at least one. */
export function rowCount(packed: readonly { readonly row: number }[]): number {
  return packed.reduce((n, { row }) => Math.max(n, row + 1), 1)
}
