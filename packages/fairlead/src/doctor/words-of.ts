import type { Language } from '../language.ts'
import { CHINESE } from './chinese-words.ts'
import { ENGLISH } from './english-words.ts'
import type { Words } from './words.ts'

/** The doctor's words in a language. */
export function wordsOf(language: Language): Words {
  return language === 'zh-CN' ? CHINESE : ENGLISH
}
