import type { Language } from '../language.ts'
import type { Advisory } from './advisory.ts'

/** What an advisory says to people. */
export interface ToldAdvisory {
  readonly title: string
  readonly cause: string
  /** In the order of the advisory's remedies. */
  readonly remedies: readonly string[]
}

/** An advisory's texts in a language; in English where it has none in that one. */
export function told(advisory: Advisory, language: Language): ToldAdvisory {
  const remedies = advisory.remedies.map(({ text }) => text)
  const { title, cause, 'zh-CN': chinese } = advisory
  if (language === 'en' || chinese === undefined) return { title, cause, remedies }
  return {
    title: unfolded(chinese.title),
    cause: unfolded(chinese.cause ?? cause),
    remedies: (chinese.remedies.length === remedies.length ? chinese.remedies : remedies).map(
      unfolded,
    ),
  }
}

/** YAML puts a space where a folded text had a line break; Chinese has none there. */
function unfolded(text: string): string {
  return text.replace(AT_A_FOLD, '')
}

const HAN = String.raw`\p{Script=Han}`
const MARKS = String.raw`\u3001-\u303f\uff01-\uff60`
const AT_A_FOLD = new RegExp(`(?<=[${HAN}]) (?=[${HAN}${MARKS}])|(?<=[${MARKS}]) `, 'gu')

/** A rule's text in a language. */
export function toldRule(
  rule: { readonly text: string; readonly 'zh-CN': string },
  language: Language,
): string {
  return language === 'en' ? rule.text : unfolded(rule['zh-CN'])
}
