const AT_ONCE = 16

/** Runs so many at once, and waits for them before the next. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let index = 0; index < items.length; index += AT_ONCE) {
    const batch = items.slice(index, index + AT_ONCE)
    results.push(...(await Promise.all(batch.map((item) => run(item)))))
  }
  return results
}
