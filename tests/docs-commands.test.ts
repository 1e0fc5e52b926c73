import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { agentConfigSchema } from '../packages/fairlead/src/agent/config.ts'
import { usageProblem } from '../packages/fairlead/src/cli/run.ts'
import { specSchema } from '../packages/fairlead/src/upgrade/spec.ts'

const PAGES = ['*.md', 'docs/**/*.md', 'packages/*/README.md']
/** A shell's block, and a console's, where commands stand behind a prompt. */
const BLOCK = /^(?<indent> *)```(?<language>sh|bash|console)\n(?<text>[^]*?)^\k<indent>```$/gm

interface Written {
  readonly at: string
  readonly argv: readonly string[]
}

/** The command lines of `fairlead` in the fenced blocks of a page. */
function commandsIn(page: string, file: string): readonly Written[] {
  return [...page.matchAll(BLOCK)].flatMap(({ groups, index }) => {
    const { language, text = '' } = groups ?? {}
    const line = page.slice(0, index).split('\n').length
    return text
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .map((one) => one.trim())
      .flatMap((one) => (language === 'console' ? (/^[$#] (.*)$/.exec(one)?.[1] ?? []) : one))
      .flatMap((one) => fairleadIn(one).map((argv) => ({ at: `${file}:${line}: ${one}`, argv })))
  })
}

/** What `fairlead` is given in one line of a shell; it may be called several times, and by others. */
function fairleadIn(line: string): readonly (readonly string[])[] {
  const calls: string[][] = []
  let call: string[] | undefined
  let before: string | undefined
  for (const word of wordsOf(line)) {
    if (/^([|&;()]+|\d?>.*|<.*)$/.test(word)) {
      call = undefined
      before = undefined
      continue
    }
    if (call !== undefined) call.push(word)
    // As a program, or what npx, sudo and the like run; a path further on is a file that is copied, say, and after -n it is a
    // namespace.
    else if (
      (word === 'fairlead' && before !== '-n') ||
      (before === undefined && word.endsWith('/fairlead'))
    ) {
      // kubectl-fairlead.js puts it there.
      calls.push((call = before === 'kubectl' ? ['upgrade'] : []))
    }
    before = word
  }
  return calls
}

/** The words of a line as a shell takes it apart, up to a comment; quotes are taken away. */
function wordsOf(line: string): readonly string[] {
  const words = []
  for (const [, separator, word = ''] of line.matchAll(
    /([|&;()]+|\d?>+\s*\S+|<\S+)|((?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s'"\\|&;()<>])+)/g,
  )) {
    if (separator === undefined && word.startsWith('#')) break
    words.push(separator ?? word.replaceAll(/["']/g, ''))
  }
  return words
}

test('every command of Fairlead in the manual exists, with its flags', async () => {
  const found = []
  for await (const file of glob(PAGES)) {
    for (const { at, argv } of commandsIn(await readFile(file, 'utf8'), file)) {
      found.push({ at, problem: await usageProblem(argv) })
    }
  }
  expect(found.length).toBeGreaterThan(80)
  expect(found.filter(({ problem }) => problem !== undefined)).toEqual([])
})

test('every script of npm that the manual names exists', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  for await (const file of glob(PAGES)) {
    for (const [, name] of (await readFile(file, 'utf8')).matchAll(/npm run ([\w:]+)/g)) {
      expect(scripts, file).toHaveProperty([name ?? ''])
    }
  }
})

test('a file that is changed by sed on the way has what is changed', async () => {
  let count = 0
  for await (const file of glob(PAGES)) {
    for (const [, text, changed] of (await readFile(file, 'utf8')).matchAll(
      /sed 's#([^#]+)#[^#]*#' (\S+)/g,
    )) {
      count += 1
      expect(await readFile(changed ?? '', 'utf8'), file).toContain(text)
    }
  }
  expect(count).toBeGreaterThan(0)
})

test('every tutorial says how to know that it worked, and how to take it back', async () => {
  for await (const file of glob('docs/tutorials/*.md')) {
    const text = await readFile(file, 'utf8')
    expect(text, file).toContain('**It worked** if')
    expect(text, file).toMatch(/[Tt]ak(e|es|ing) it back/)
  }
})

test('the YAML of the manual is YAML, and what is of Fairlead is valid', async () => {
  for await (const file of glob(PAGES)) {
    for (const [, text = ''] of (await readFile(file, 'utf8')).matchAll(
      /^```yaml\n([^]*?)^```$/gm,
    )) {
      for (const document of parseAllDocuments(text)) {
        expect(document.errors, `${file}: ${text}`).toEqual([])
        const value = document.toJS()
        if (value.kind === 'RuntimeUpgrade') specSchema.parse(value.spec)
        if (text.startsWith('# /etc/fairlead/agent.yaml')) {
          agentConfigSchema.partial().parse(value)
        }
      }
    }
  }
})

test.each([
  ['npx fairlead lab run --nothing', /--nothing/],
  ['fairlead lab walk', /walk/],
  ['cd x && fairlead upgrade plan | head', /file/],
  ['fairlead lab run -o yaml # text', /yaml/],
])('a page that says `%s` would be told', async (line, problem) => {
  const page = `\`\`\`sh\n${line}\n\`\`\`\n`
  const [written] = commandsIn(page, 'x.md')
  expect(written?.at).toBe(`x.md:1: ${line}`)
  expect(await usageProblem(written?.argv ?? [])).toMatch(problem)
})

test('what is no command of Fairlead is left alone', () => {
  const page =
    '```sh\nkubectl get pods # fairlead is here\nfairlead doctor > report.txt\n```\n```\nfairlead x\n```\n'
  expect(commandsIn(page, 'x.md').map(({ argv }) => argv)).toEqual([['doctor']])
})
