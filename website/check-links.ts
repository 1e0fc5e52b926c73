// Follows every link of the built site to its page and its heading. VitePress has looked for the pages already, but
// neither for headings nor for what lies beside the pages.
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'

const DIST = path.join(import.meta.dirname, 'dist')
const LINK = /<a [^>]*?href="(?<href>[^"]*)"|<img [^>]*?src="(?<src>[^"]*)"/g

const pages = new Map<string, string>()
for await (const file of glob('**/*.html', { cwd: DIST })) {
  pages.set(`/${file}`, await readFile(path.join(DIST, file), 'utf8'))
}
const headings = new Map(
  [...pages].map(([page, html]) => [
    page,
    new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)),
  ]),
)
const broken = new Set<string>()
let count = 0
for (const [page, html] of pages) {
  for (const { groups } of html.matchAll(LINK)) {
    const target = new URL(textOf(groups?.['href'] ?? groups?.['src'] ?? ''), `http://site${page}`)
    if (target.host !== 'site') continue
    count += 1
    if (!isThere(target)) broken.add(`${page}: ${target.pathname}${target.hash}`)
  }
}
for (const link of broken) process.stdout.write(`leads nowhere: ${link}\n`)
process.stdout.write(`${pages.size} pages, ${count} links, ${broken.size} of them broken.\n`)
process.exitCode = broken.size === 0 ? 0 : 1

function isThere({ pathname, hash }: URL): boolean {
  const file = decodeURIComponent(pathname).replace(/\/$/, '/index.html')
  const ids = headings.get(file)
  if (ids === undefined) return existsSync(path.join(DIST, file))
  return hash === '' || ids.has(decodeURIComponent(hash.slice(1)))
}

function textOf(html: string): string {
  return html.replaceAll('&amp;', '&').replaceAll('&quot;', '"')
}
