/** What may be otherwise the next time: moments, lengths of time, sizes, ids, how wide a column is, and colours. */
const LOOSE: readonly (readonly [RegExp, string])[] = [
  // oxlint-disable-next-line no-control-regex -- the escape sequences of a terminal
  [/\u001B\[[0-9;]*[A-Za-z]/g, ''],
  [/\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d(?:[:-]\d\d(?:\.\d+)?)?Z?/g, 'TIME'],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|min|m|h|MB|MiB)\b/g, 'N'],
  [/\b[0-9a-f]{12,}\b/g, 'ID'],
  [/\s+/g, ' '],
]
const REST = '...'

/**
 * The first line that a page shows and that is not printed, or not in that order; undefined where all are. More may be
 * printed than is shown, and `...` at the end of a line stands for its rest.
 */
export function missingLine(shown: readonly string[], output: string): string | undefined {
  const printed = output.split('\n').map(loosely)
  let next = 0
  for (const line of shown) {
    const wanted = loosely(line)
    if (wanted === REST) continue
    const start = wanted.endsWith(REST) ? wanted.slice(0, -REST.length) : undefined
    const at = printed.findIndex(
      (one, index) =>
        index >= next && (start === undefined ? one === wanted : one.startsWith(start)),
    )
    if (at === -1) return line
    next = at + 1
  }
  return undefined
}

function loosely(line: string): string {
  return LOOSE.reduce((text, [what, by]) => text.replaceAll(what, by), line).trim()
}
