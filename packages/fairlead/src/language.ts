/** The languages that findings and advisories are told in. */
export const LANGUAGES = ['en', 'zh-CN'] as const
export type Language = (typeof LANGUAGES)[number]

/** The language of the locale (POSIX: LC_ALL before LC_MESSAGES before LANG); English for all others. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((value) => value)
  return /^zh([_.@-]|$)/.test(locale ?? '') ? 'zh-CN' : 'en'
}
