/** Something that holds from `startMs` until `endMs`. */
export interface Stretch<T> {
  readonly item: T
  readonly startMs: number
  readonly endMs: number
}

/** Makes stretches of changes: each holds until the next one, the last until `endMs`. */
export function untilNext<T extends { readonly atMs: number }>(
  changes: readonly T[],
  endMs: number,
): Stretch<T>[] {
  return changes.map((item, index) => ({
    item,
    startMs: item.atMs,
    endMs: changes[index + 1]?.atMs ?? Math.max(endMs, item.atMs),
  }))
}
