import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ADVISORY } from './advisory-fixture.ts'
import { advisorySchema } from './advisory.ts'
import { loadAdvisories } from './advisory-files.ts'
import { told, toldPatches } from './told.ts'

const folded = advisorySchema.parse(
  parse(
    ADVISORY.replace(
      /zh-CN:[^]*/,
      `zh-CN:
  title: 卡住
  cause: >-
    重启后文件没了，
    每次 ADD 都会
    失败；参见
    Status 的说明（4.0 版）。
    之后重试。
  remedies: [升级到 2.0.3 或更高版本。]
`,
    ),
  ),
)

test('Chinese has no space where the file broke a line, and keeps those beside Latin words', () => {
  expect(told(folded, 'zh-CN')).toEqual({
    title: '卡住',
    cause: '重启后文件没了，每次 ADD 都会失败；参见 Status 的说明（4.0 版）。之后重试。',
    confirm: [],
    remedies: ['升级到 2.0.3 或更高版本。'],
  })
})

test('commands are those of the original, at the places that a translation gives them', () => {
  const advisory = {
    ...folded,
    confirm: ['Ask it: `crictl info`', '`a` writes what `b` reads', 'Look at it'],
    'zh-CN': {
      ...folded['zh-CN'],
      title: 'x',
      patched: [],
      remedies: [],
      confirm: ['询问它', '{2} 读取 {1} 写出的内容', '看'],
    },
  }
  expect(told(advisory, 'zh-CN').confirm).toEqual([
    '询问它：`crictl info`',
    '`b` 读取 `a` 写出的内容',
    '看',
  ])
})

test('every advisory that ships is told in Chinese from the first word to the last', async () => {
  for (const advisory of await loadAdvisories()) {
    const { title, cause, confirm, remedies } = told(advisory, 'zh-CN')
    const whys = advisory.affected.flatMap(({ patched }) => patched.map(({ why }) => why))
    const patches = whys.map((why) => toldPatches(advisory, [why], 'zh-CN'))
    for (const text of [title, cause, ...confirm, ...remedies, ...patches]) {
      const words = text.replace(/`[^`]*`/g, '')
      expect(words, advisory.id).toMatch(/\p{Script=Han}/u)
      // Names of things are Latin, sentences are not.
      expect(words, advisory.id).not.toMatch(/(?:\b[a-z]+[ ,]+){6}/i)
    }
  }
})

test('English is told as it is written', () => {
  expect(told(folded, 'en').cause).toBe('A lock is held.')
})
