import type { Language } from '../language.ts'
import type { Advisory } from './advisory.ts'

/** What an advisory says to people. */
export interface ToldAdvisory {
  readonly title: string
  readonly cause: string
  /** In the order of the advisory's. */
  readonly confirm: readonly string[]
  /** In the order of the advisory's remedies. */
  readonly remedies: readonly string[]
}

/** An advisory's texts in a language; in English where it has none in that one. */
export function told(advisory: Advisory, language: Language): ToldAdvisory {
  const remedies = advisory.remedies.map(({ text }) => text)
  const { title, cause, confirm, 'zh-CN': chinese } = advisory
  if (language === 'en' || chinese === undefined) return { title, cause, confirm, remedies }
  return {
    title: unfolded(chinese.title),
    cause: unfolded(chinese.cause ?? cause),
    confirm: confirm.map((text, index) => withCode(chinese.confirm[index], text)),
    remedies: (chinese.remedies.length === remedies.length ? chinese.remedies : remedies).map(
      unfolded,
    ),
  }
}

/** Why a patch counts, one sentence after the other. */
export function toldPatches(
  { affected, 'zh-CN': chinese }: Advisory,
  whys: readonly string[],
  language: Language,
): string {
  if (language === 'en' || chinese === undefined) return whys.join(' ')
  const all = affected.flatMap(({ patched }) => patched.map(({ why }) => why))
  return whys.map((why) => unfolded(chinese.patched[all.indexOf(why)] ?? why)).join('')
}

/** What stands between backticks in a text. */
export function codeIn(text: string): readonly string[] {
  return text.match(/`[^`]+`/g) ?? []
}

/** The places in a translation where the original has its first, its second, ... piece of code. */
export const CODE_PLACE = /\{(\d)\}/g

/** Commands are the same in every language, so that only the words around them are translated. */
function withCode(translated: string | undefined, original: string): string {
  if (translated === undefined) return original
  const code = codeIn(original)
  const text = unfolded(translated)
  const placed = text.replace(CODE_PLACE, (place, number) => code[Number(number) - 1] ?? place)
  return placed === text && code.length > 0 ? `${text}：${code.join('；')}` : placed
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
