import {
  type Document,
  isScalar,
  Lexer,
  type LineCounter,
  parseDocument,
  Scalar,
  visit,
  YAMLParseError,
} from 'yaml'

/** Of brackets and braces, and of what begins within one line (`- - - x`). No text of people or programs is as deep. */
const DEPTH_MAX = 100

/**
 * Parses a YAML text that others wrote, in time that grows with its length only. The library by itself compares each
 * key of a map with every other; and a key that is a map it writes out again for every map around it, so that
 * twenty `? ` in a row have no end (yaml 2.9.1). Here a key is a text, a number or the like: what else stands for
 * one is among the `errors` of the document, as a key that stands there twice is.
 *
 * @throws {Error} where it is nested deeper than {@link DEPTH_MAX}, which takes the library seconds and hundreds of MB.
 */
export function parseYaml(text: string, lineCounter?: LineCounter): Document.Parsed {
  checkDepth(text)
  const document = parseDocument(text, {
    uniqueKeys: false,
    prettyErrors: false,
    // What it only wonders at, it would print.
    logLevel: 'silent',
    ...(lineCounter !== undefined && { lineCounter }),
  })
  const refuse = (
    node: unknown,
    code: 'BAD_COLLECTION_TYPE' | 'DUPLICATE_KEY',
    problem: string,
  ) => {
    const offset = startOf(node)
    document.errors.push(new YAMLParseError([offset, offset + 1], code, problem))
  }
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const pair of items) {
        if (!isScalar(pair.key)) {
          refuse(pair.key, 'BAD_COLLECTION_TYPE', 'Expected a text for a key')
          pair.key = new Scalar('')
        } else if (seen.has(pair.key.value)) {
          refuse(pair.key, 'DUPLICATE_KEY', 'Map keys must be unique')
        } else seen.add(pair.key.value)
      }
    },
  })
  return document
}

function startOf(node: unknown): number {
  const hasRange = typeof node === 'object' && node !== null && 'range' in node
  return hasRange && Array.isArray(node.range) ? Number(node.range[0]) : 0
}

/** In one look at the tokens: deeper levels by indentation alone take a line each, which is as long. */
function checkDepth(text: string): void {
  let depth = 0
  let inLine = 0
  let isScalarNext = false
  for (const token of new Lexer().lex(text)) {
    if (isScalarNext) isScalarNext = false
    else if (token === SCALAR) isScalarNext = true
    else if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token === '-' || token === '?' || token === ':') inLine += 1
    else if (/^\r?\n/.test(token)) inLine = 0
    if (depth > DEPTH_MAX || inLine > DEPTH_MAX)
      throw new Error(`nested deeper than ${DEPTH_MAX} levels`)
  }
}

/** What the lexer puts before the text of a scalar (yaml's CST.SCALAR). */
const SCALAR = '\u001f'
