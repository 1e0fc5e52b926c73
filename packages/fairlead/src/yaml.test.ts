import { performance } from 'node:perf_hooks'
import { LineCounter } from 'yaml'
import { expect, test } from 'vitest'
import { parseYaml } from './yaml.ts'

function problems(text: string): readonly (readonly [number, string])[] {
  return parseYaml(text).errors.map(({ pos, message }) => [pos[0], message])
}

test('a text says what it says', () => {
  const lines = new LineCounter()
  const document = parseYaml('a: [1, {b: x}]\n? c\n: d\n1: y\n', lines)
  expect(document.errors).toEqual([])
  expect(document.toJS()).toEqual({ a: [1, { b: 'x' }], c: 'd', 1: 'y' })
  expect(lines.linePos(15)).toEqual({ line: 2, col: 1 })
})

test('a key that stands there twice is refused where it does', () => {
  expect(problems('a: 1\nb: {c: 1, c: 2}\n')).toEqual([[15, 'Map keys must be unique']])
})

test.each(['? {a: 1}\n: 2\n', '? [a]\n: 2\n', 'x: &a {b: 1}\n*a : 2\n'])(
  'a key that is no text is refused: %j',
  (text) => {
    expect(problems(text).map(([, problem]) => problem)).toEqual(['Expected a text for a key'])
  },
)

test.each([
  ['keys within keys', '? '.repeat(2000)],
  ['braces within braces', '{"a":'.repeat(2000)],
  ['brackets within brackets', `x: ${'['.repeat(100_000)}`],
  ['lists within lists, in one line', '- '.repeat(100_000)],
  ['very many keys', Array.from({ length: 20_000 }, (_, index) => `k${index}: 1\n`).join('')],
  ['the same key over and over', 'a: 1\n'.repeat(20_000)],
])('%s are read in time that grows with the length', (_, text) => {
  const beganMs = performance.now()
  try {
    parseYaml(text).toJS()
  } catch {
    // Too deep is an end, too.
  }
  expect(performance.now() - beganMs).toBeLessThan(5000)
})

test('a key that is called __proto__ is a key', () => {
  const value: unknown = parseYaml('__proto__: {polluted: true}\n').toJS()
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect({}).not.toHaveProperty('polluted')
})

test('a hundred levels are taken, and brackets in texts are none', () => {
  expect(parseYaml(`x: ${'['.repeat(100)}${']'.repeat(100)}`).errors).toEqual([])
  expect(
    parseYaml(`x: "${'['.repeat(200)}"\ny: a${'['.repeat(200)}\nz: |\n  ${'{'.repeat(200)}\n`)
      .errors,
  ).toEqual([])
  expect(() => parseYaml(`x: ${'['.repeat(101)}${']'.repeat(101)}`)).toThrow('deeper than 100')
})
