/** Breaks a text at blanks into lines of at most `width`, each after `indent`; a longer word stays whole. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = indent
    for (const word of paragraph.split(' ')) {
      if (line.length > indent.length && cells(line) + 1 + cells(word) > width) {
        lines.push(line)
        line = indent
      }
      line += line.length > indent.length ? ` ${word}` : word
    }
    lines.push(line)
  }
  return lines.join('\n')
}

/** The columns that a text takes in a terminal: two for a Chinese character. */
function cells(text: string): number {
  let count = 0
  for (const character of text)
    count += /[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(character) ? 2 : 1
  return count
}
