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
    title: chinese.title,
    cause: chinese.cause ?? cause,
    remedies: chinese.remedies.length === remedies.length ? chinese.remedies : remedies,
  }
}

/** The releases that have the fix: `containerd 2.0.3`. Empty where none is known. */
export function fixedIn({ remedies }: Advisory): readonly string[] {
  const releases = remedies.flatMap(({ kind, needs }) =>
    kind === 'fix' ? needs.map(({ component, atLeast }) => `${component} ${atLeast}`) : [],
  )
  return [...new Set(releases)]
}

/** A rule's text in a language. */
export function toldRule(
  rule: { readonly text: string; readonly 'zh-CN': string },
  language: Language,
): string {
  return language === 'en' ? rule.text : rule['zh-CN']
}
