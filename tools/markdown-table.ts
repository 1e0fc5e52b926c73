/** A table in Markdown, its columns as wide as their widest cell. */
export function markdownTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [heading, ...rows].map((row) => row.map(cellText))
  const widths = heading.map((_, column) =>
    Math.max(3, ...all.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[], fill = ' ') =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), line([], '-'), ...body.map((row) => line(row))].join('\n')
}

function cellText(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
}
