import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type JsonNode, JsonSyntaxError, memberOf, parseJson, positionOf } from './json.ts'

/** What JSON.parse would make of the same text. */
function valueOf(node: JsonNode, text: string): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value, text)]))
    case 'array':
      return node.elements.map((element) => valueOf(element, text))
    case 'string':
    case 'boolean':
      return node.value
    case 'number':
      return Number(text.slice(node.start, node.end))
    case 'null':
      return null
  }
}

function parsed(text: string): unknown {
  return valueOf(parseJson(text), text)
}

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonSyntaxError) return false
    throw error
  }
}

test('any JSON text gives the value that JSON.parse gives', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent)
      expect(parsed(spaced)).toEqual(JSON.parse(spaced))
    }),
  )
})

test('a text that is no longer JSON is refused just when JSON.parse refuses it', () => {
  const edit = fc.record({
    text: fc.json(),
    at: fc.nat(),
    length: fc.nat(3),
    insert: fc.string({
      maxLength: 3,
      unit: fc.constantFrom(...Array.from('{}[],:"\\ 01-+.eEtfnu\n\u0000x')),
    }),
  })
  fc.assert(
    fc.property(edit, ({ text, at, length, insert }) => {
      const place = at % (text.length + 1)
      const broken = text.slice(0, place) + insert + text.slice(place + length)
      expect(accepts(parseJson, broken)).toBe(accepts(JSON.parse, broken))
    }),
    { numRuns: 2000 },
  )
})

test('a text cut off anywhere is refused, at its end or before', () => {
  const text = '{"a":["\\u0041b",-1.5e3,true,null],"c":{"d":""}}'
  for (let length = 0; length < text.length; length += 1) {
    expect(() => parseJson(text.slice(0, length))).toThrow(JsonSyntaxError)
  }
})

test.each([
  ['', 0, 'expected a value, found the end of the text'],
  ['\uFEFF{}', 0, 'expected JSON, found a byte order mark'],
  ['{"a":1,}', 7, 'expected a key in double quotes, found "}"'],
  ["{'a':1}", 1, 'expected a key in double quotes, found "\'"'],
  ['{"a" 1}', 5, 'expected ":", found "1"'],
  ['{"a":1 "b":2}', 7, 'expected "," or "}", found "\\""'],
  ['[1 2]', 3, 'expected "," or "]", found "2"'],
  ['[1]]', 3, 'expected the end of the text, found "]"'],
  ['"a\nb"', 2, 'expected no control character inside a string'],
  ['"\\x"', 1, 'expected an escape that JSON knows'],
  ['"abc', 4, 'expected a double quote at the end of the string, found the end of the text'],
  ['// comment', 0, 'expected a value, found "/"'],
  ['01', 1, 'expected the end of the text, found "1"'],
])('%j is refused at %i: %s', (text, offset, message) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ offset, message }))
})

test('nesting has an end, for a stack has one', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect(accepts(parseJson, nested(1000))).toBe(true)
  expect(() => parseJson(nested(1_000_000))).toThrow('nested deeper than 1000 levels')
})

test('a long string without an end takes no time to refuse', () => {
  expect(() => parseJson(`"${'a\\n'.repeat(1_000_000)}`)).toThrow(JsonSyntaxError)
})

test('of two members of a name the last one counts', () => {
  const text = '{"a":1,"b":2,"a":3}'
  const root = parseJson(text)
  const member = root.kind === 'object' ? memberOf(root, 'a') : undefined
  expect(member === undefined ? '' : text.slice(member.value.start, member.value.end)).toBe('3')
})

test('positions count lines and columns from 1', () => {
  expect(positionOf('ab\ncd\n', 0)).toEqual({ line: 1, column: 1 })
  expect(positionOf('ab\ncd\n', 4)).toEqual({ line: 2, column: 2 })
  expect(positionOf('ab\ncd\n', 6)).toEqual({ line: 3, column: 1 })
})
