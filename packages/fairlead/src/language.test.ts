import { expect, test } from 'vitest'
import { languageOf } from './language.ts'

test.each([
  [{}, 'en'],
  [{ LANG: 'C.UTF-8' }, 'en'],
  [{ LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
  [{ LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'de_DE.UTF-8' }, 'en'],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'zh_TW' }, 'zh-CN'],
  [{ LC_ALL: '', LANG: 'zh' }, 'zh-CN'],
])('%j speaks %s', (env, language) => {
  expect(languageOf(env)).toBe(language)
})
