import type { CliContext } from './context.ts'
import { type Paint, paint } from './paint.ts'
import { wrap } from './wrap.ts'

/** One thing on a page. */
export interface Item {
  /** A word before it, e.g. a severity. */
  readonly label?: { readonly text: string; readonly paint: Paint }
  /** What it is called. */
  readonly name?: string
  readonly text?: string
  /** Shorter ones below. */
  readonly details?: readonly string[]
  /** Commands, or text as it is met. */
  readonly code?: readonly string[]
}

/** A part of a page. */
export interface Section {
  readonly heading?: string
  readonly items: readonly Item[]
}

/** A page for a terminal. */
export function pageText(sections: readonly Section[], context: CliContext): string {
  const { stdout } = context.process
  const width = Math.max(40, Math.min(stdout.columns ?? 100, 100))
  const painted = (how: Paint, text: string) => paint(context, stdout, how, text)
  return sections
    .map(({ heading, items }) => {
      const blocks = items.map(({ label, name, text, details = [], code = [] }) => {
        const head = [
          ...(label === undefined ? [] : [painted(label.paint, label.text)]),
          ...(name === undefined ? [] : [painted('bold', name)]),
        ].join('  ')
        const indent = head === '' ? '' : '  '
        return [
          ...(head === '' ? [] : [head]),
          ...(text === undefined ? [] : [wrap(text, width, indent)]),
          ...details.map((detail) =>
            wrap(detail, width, `${indent}  `).replace(/^(\s*) {2}/, '$1- '),
          ),
          ...code.map((line) => painted('dim', `${indent}  ${line}`)),
        ].join('\n')
      })
      const body = blocks.join(
        items.some(({ name, text }) => name !== undefined && text !== undefined) ? '\n\n' : '\n',
      )
      return heading === undefined ? body : `${painted('bold', heading)}\n${body}`
    })
    .map((section) => `${section}\n`)
    .join('\n')
}

/** The same page as Markdown. */
export function pageMarkdown(sections: readonly Section[]): string {
  return sections
    .map(({ heading, items }) => {
      const lone = items.length === 1 && items[0]?.name === undefined
      const blocks = items.map(({ label, name, text, details = [], code = [] }) => {
        const head = [
          ...(label === undefined ? [] : [`**${label.text}**`]),
          ...(name === undefined ? [] : [`\`${name}\``]),
          ...(text === undefined ? [] : [escaped(text)]),
        ].join(' ')
        const indent = lone ? '' : '  '
        return [
          `${lone ? '' : '- '}${head}`,
          ...details.map((detail) => `${indent}- ${escaped(detail)}`),
          ...(code.length === 0
            ? []
            : ['', ...['```', ...code, '```'].map((line) => `${indent}${line}`)]),
        ].join('\n')
      })
      return `${heading === undefined ? '' : `## ${heading}\n\n`}${blocks.join('\n')}\n`
    })
    .join('\n')
}

/** Markdown takes `<` for HTML, outside of code. */
function escaped(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`')
}
