import {
  type Document,
  isScalar,
  type LineCounter,
  parseDocument,
  Scalar,
  visit,
  YAMLParseError,
} from 'yaml'

/**
 * Parses a YAML text that others wrote, in time that grows with its length only. The library by itself compares each
 * key of a map with every other; and a key that is a map it writes out again for every map around it, so that
 * twenty `? ` in a row have no end (yaml 2.9.1). Here a key is a text, a number or the like: what else stands for
 * one is among the `errors` of the document, as a key that stands there twice is.
 *
 * @throws {Error} where it is nested deeper than the stack of the library reaches.
 */
export function parseYaml(text: string, lineCounter?: LineCounter): Document.Parsed {
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
