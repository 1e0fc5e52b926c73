import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parsePage } from '../tools/docs-check/page.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

function read(file: string): Promise<string> {
  return readFile(path.join(ROOT, file), 'utf8')
}

/** What whoever reads a page types, without remarks, and whatever language is asked for. */
function commandsOf(page: string): readonly string[] {
  return parsePage(page).flatMap(({ commands }) =>
    commands.map(({ text }) => plain(text.replace(/ +# .*$/, '').replace(/ --lang zh-CN\b/, ''))),
  )
}

/** On one line, and as it is typed where Fairlead is installed. */
function plain(text: string): string {
  return text.replaceAll('\\\n', ' ').replaceAll(/ +/g, ' ').replaceAll('npx fairlead', 'fairlead')
}

test('every command of a Chinese page is one of the English page, of the README or of --help', async () => {
  const pages: string[] = []
  for await (const page of glob('docs/zh-CN/*.md', { cwd: ROOT })) pages.push(page)
  const everywhere = `${await read('README.md')}${await read('docs/reference/cli.md')}`
  for (const chinese of ['README.zh-CN.md', ...pages]) {
    const english = plain(`${await read(chinese.replace(/zh-CN[./]/, ''))}${everywhere}`)
    const others = commandsOf(await read(chinese)).filter((command) => !english.includes(command))
    expect([chinese, others]).toEqual([chinese, []])
  }
})

test('the English page leads to the Chinese one', async () => {
  for await (const chinese of glob('docs/zh-CN/*.md', { cwd: ROOT })) {
    const name = path.basename(chinese)
    expect(await read(`docs/${name}`)).toContain(`[简体中文](zh-CN/${name})`)
  }
})
