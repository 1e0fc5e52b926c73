/**
 * Breaks a text into lines of at most `width` columns, each after `indent`: at blanks, and in Chinese
 * between characters. A longer word stays whole.
 */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = indent
    for (const { blank, part } of partsOf(paragraph)) {
      const isFirst = line.length === indent.length
      if (!isFirst && cells(line) + blank.length + cells(part) > width) {
        lines.push(line)
        line = indent + part
      } else line += isFirst ? part : blank + part
    }
    lines.push(line)
  }
  return lines.join('\n')
}

/** What stays together, with what is between it and the part before on the same line. */
function partsOf(
  paragraph: string,
): readonly { readonly blank: '' | ' '; readonly part: string }[] {
  return paragraph
    .split(' ')
    .flatMap((word) =>
      word
        .split(BETWEEN_CHARACTERS)
        .map((part, index) => ({ blank: index === 0 ? (' ' as const) : ('' as const), part })),
    )
}

const WIDE = String.raw`\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60`
/** Not behind a mark that opens, nor before one that closes. */
const BETWEEN_CHARACTERS = new RegExp(
  `(?<=[${WIDE}])(?<![（【《])(?![，。；：、！？）】》])(?=.)|(?<=[^${WIDE}(])(?=[\\u2e80-\\u2fff\\u3040-\\u9fff])`,
  'u',
)
const IS_WIDE = new RegExp(`[${WIDE}]`)

/** The columns that a text takes in a terminal: two for a Chinese character. */
function cells(text: string): number {
  let count = 0
  for (const character of text) count += IS_WIDE.test(character) ? 2 : 1
  return count
}
