import { expect, test } from 'vitest'
import { wrap } from './wrap.ts'

test('a text is broken at blanks, and a word that is too long stays whole', () => {
  expect(wrap('one two three-and-four five', 9)).toBe('one two\nthree-and-four\nfive')
})

test('every line has the indent', () => {
  expect(wrap('one two\nthree four', 9, '  ')).toBe('  one two\n  three\n  four')
})

test('Chinese is broken between characters, of two columns each, and no line begins with a mark that closes', () => {
  expect(wrap('运行时不再响应，只能重启。', 14)).toBe('运行时不再响\n应，只能重启。')
  expect(wrap('等待超时（默认）。', 14)).toBe('等待超时（默\n认）。')
})

test('Latin words in Chinese stay whole', () => {
  expect(wrap('升级 containerd 到 2.0.3，再重启。', 18)).toBe('升级 containerd 到\n2.0.3，再重启。')
})
