import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ADVISORY } from './advisory-fixture.ts'
import { advisorySchema } from './advisory.ts'
import { told } from './told.ts'

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
    remedies: ['升级到 2.0.3 或更高版本。'],
  })
})

test('English is told as it is written', () => {
  expect(told(folded, 'en').cause).toBe('A lock is held.')
})
