// Lays the pages of the site out in website/pages, where VitePress reads them: the repository's Markdown, the
// public API by TypeDoc, and a page for each advisory in both languages. Files that pages link to and that are no
// pages are published as they are. A link to what there is not ends the build, here, in VitePress or in
// check-links.ts; a public name without a docstring ends it in TypeDoc.
import { execFile } from 'node:child_process'
import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { loadAdvisories } from '../packages/fairlead/src/advisories/advisory-files.ts'
import { told } from '../packages/fairlead/src/advisories/told.ts'
import { advisoryPage } from '../packages/fairlead/src/cli/advisories-pages.ts'
import { pageMarkdown } from '../packages/fairlead/src/cli/page.ts'
import { type Language, LANGUAGES } from '../packages/fairlead/src/language.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const PAGES = path.join(import.meta.dirname, 'pages')
const MARKDOWN = ['*.md', 'docs/**/*.md', 'packages/*/README.md']
// <!-- not run: ... -->, say, is for those who read the source.
const COMMENT = /^<!--[^]*?-->\n/gm
const LINK = /\]\((?!https?:|#)(?<file>[^)#\s]+)(?<hash>#[^)\s]*)?\)/g

await rm(PAGES, { recursive: true, force: true })
for await (const file of glob(MARKDOWN, { cwd: ROOT })) {
  const text = await readFile(path.join(ROOT, file), 'utf8')
  await publishLinked(text, file)
  await write(
    pageOf(file),
    text.replaceAll(COMMENT, '').replaceAll(LINK, (...match) => `](${linkFrom(file, match)})`),
  )
}
for (const language of LANGUAGES) await writeAdvisories(language)
await writeApi()

/** Where a file of the repository is on the site: Chinese pages below zh-CN, where VitePress wants them. */
function pageOf(file: string): string {
  const page = file
    .replace(/^README\.zh-CN\.md$/, 'zh-CN/index.md')
    .replace(/^README\.md$/, 'index.md')
    .replace(/^docs\/zh-CN\//, 'zh-CN/docs/')
    // Without a suffix VitePress takes it for a page.
    .replace(/LICENSE$/, 'LICENSE.txt')
  return page.endsWith('/') ? `${page}README.md` : page
}

function linkFrom(page: string, match: readonly unknown[]): string {
  // With named groups, the last argument of a replacer is their record.
  const { file, hash = '' } = match.at(-1) as { readonly file: string; readonly hash?: string }
  return `/${pageOf(path.join(path.dirname(page), file))}${hash}`
}

async function publishLinked(text: string, page: string): Promise<void> {
  for (const { groups } of text.matchAll(LINK)) {
    const file = path.join(path.dirname(page), groups?.['file'] ?? '')
    if (file.endsWith('.md') || file.endsWith('/')) continue
    await cp(path.join(ROOT, file), path.join(PAGES, 'public', pageOf(file)), { recursive: true })
  }
}

async function writeAdvisories(language: Language): Promise<void> {
  const dir = language === 'en' ? 'advisories' : `${language}/advisories`
  const advisories = await loadAdvisories()
  const rows = advisories.map((advisory) => {
    const title = told(advisory, language).title.replaceAll('|', '\\|')
    return `| [${title}](${advisory.id}.md) | ${advisory.severity} |`
  })
  const heading = language === 'en' ? 'Known issues' : '已知问题'
  await write(`${dir}/README.md`, `# ${heading}\n\n| | |\n| --- | --- |\n${rows.join('\n')}\n`)
  for (const advisory of advisories) {
    const { title } = told(advisory, language)
    const page = pageMarkdown(advisoryPage(advisory, language))
    await write(`${dir}/${advisory.id}.md`, `# ${title}\n\n${page}`)
  }
}

async function writeApi(): Promise<void> {
  const typedoc = path.join(import.meta.dirname, 'node_modules', '.bin', 'typedoc')
  await promisify(execFile)(typedoc, { cwd: import.meta.dirname })
  for await (const file of glob('api/*.md', { cwd: PAGES })) {
    const text = await readFile(path.join(PAGES, file), 'utf8')
    const guide = `/packages/${path.basename(file, '.md')}/README.md`
    const told = text
      // HTML is off, and nothing links to a row of a table.
      .replaceAll(/<a id="[^"]*"><\/a> /g, '')
      .replace(/^# (@.*)$/m, `# $1: API\n\nWhat it is for, with examples: [the guide](${guide}).`)
    await write(file, told)
  }
}

/** v-pre: what others wrote, such as {{ }}, is no template. */
async function write(file: string, text: string): Promise<void> {
  const target = path.join(PAGES, file)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, `::: v-pre\n${text}\n:::\n`)
}
