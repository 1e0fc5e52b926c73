import { readFile } from 'node:fs/promises'

/** A command of a page, as somebody copies it, and what the page says that it prints. */
export interface Command {
  readonly text: string
  readonly shown: readonly string[]
}

/** A ```sh or ```console block of a page. */
export interface Block {
  readonly line: number
  readonly commands: readonly Command[]
  /** Why it is not run, if it is not. */
  readonly notRun: string | undefined
}

const BLOCK =
  /^(?: *<!-- (?:not run: (?<notRun>[^\n]*?)|first: (?<first>[^\n]*?)) -->\n\n?)?(?<indent> *)```(?<kind>sh|console)\n(?<text>.*?)^\k<indent>```$/gms
const PROMPT = '$ '

/** The blocks of a page, those of lists too. `<!-- first: COMMAND -->` makes it so that there is what a block is about. In ```console, lines after a prompt are commands, all others are printed. */
export async function blocksOf(file: string): Promise<readonly Block[]> {
  return parsePage(await readFile(file, 'utf8'))
}

/** The same, of its text. */
export function parsePage(page: string): readonly Block[] {
  return [...page.matchAll(BLOCK)].map(({ groups = {}, index }) => {
    const { kind, indent = '', notRun, first, text = '' } = groups
    const lines = text.split('\n').map((line) => line.slice(Math.min(indent.length, line.length)))
    return {
      line: page.slice(0, index).split('\n').length,
      notRun,
      commands: [
        ...(first === undefined ? [] : [{ text: first, shown: [] }]),
        ...(kind === 'sh' ? commandsOf(lines) : sessionOf(lines)),
      ],
    }
  })
}

function commandsOf(lines: readonly string[]): readonly Command[] {
  return joined(lines)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((text) => ({ text, shown: [] }))
}

function sessionOf(lines: readonly string[]): readonly Command[] {
  const commands: { text: string; shown: string[] }[] = []
  for (const line of joined(lines)) {
    if (line.startsWith(PROMPT)) commands.push({ text: line.slice(PROMPT.length), shown: [] })
    else if (line.trim() !== '') commands.at(-1)?.shown.push(line)
  }
  return commands
}

/** A backslash at its end continues a line. */
function joined(lines: readonly string[]): readonly string[] {
  return lines.join('\n').replaceAll('\\\n', ' ').split('\n')
}
