import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter } from 'yaml'
import type { z } from 'zod'
import { type ErrorCode, FairleadError, messageOf, systemCodeOf } from './errors.ts'
import { parseYaml } from './yaml.ts'

/** The way to a value in a file, e.g. `['steps', 0, 'plugin']`. */
export type KeyPath = readonly (string | number)[]

/** A kind of file that people write. */
export interface FileKind {
  /** The word for such a file, e.g. `scenario`. */
  readonly word: string
  /** Its JSON Schema, by the path from the top of the repository. */
  readonly schemaFile: string
  /** The code where the file cannot be read. */
  readonly unknown: ErrorCode
  /** The code where it can, and is not valid. */
  readonly invalid: ErrorCode
  /** What to give instead of a file that is not there, as a sentence. */
  readonly give: string
}

/** A value read from a file, and how to refuse it for a reason that no schema knows. */
export interface DataFile<T> {
  readonly value: T
  /** Throws the kind's `invalid` with file, line and column of what is at `keyPath`. */
  readonly reject: (keyPath: KeyPath, problem: string) => never
}

/**
 * Reads a YAML file by a schema.
 *
 * @throws {FairleadError} the kind's `unknown` when it cannot be read, `invalid` with file, line,
 * column, key and what was expected when it is not valid.
 */
export async function readDataFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  kind: FileKind,
): Promise<DataFile<z.output<Schema>>> {
  const shown = path.relative(process.cwd(), file)
  return parseData(await readText(file, shown, kind), schema, kind, shown)
}

/**
 * Parses YAML by a schema; `shown` is the file's name in errors.
 *
 * @throws {FairleadError} the kind's `invalid`.
 */
function parseData<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  kind: FileKind,
  shown: string,
): DataFile<z.output<Schema>> {
  const lines = new LineCounter()
  const refuse = (offset: number, problem: string): never => {
    const { line, col } = lines.linePos(offset)
    throw new FairleadError(kind.invalid, `${shown}:${line}:${col}: ${problem}`, {
      hint: `What such a file may hold is in ${kind.schemaFile}.`,
    })
  }
  const { document, value } = parsedText(text, lines, refuse)

  const reject: DataFile<unknown>['reject'] = (keyPath, problem) =>
    refuse(placeOf(document, keyPath).value, `${keyPath.join('.') || kind.word}: ${problem}`)
  const result = schema.safeParse(value, { error: explain })
  if (result.success) return { value: result.data, reject }
  const { issues } = result.error
  // A mistyped key makes two issues, one missing and one unknown; the unknown one shows the typo.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) return reject([], 'not valid')
  const keyPath = issue.path.map((key) => (typeof key === 'number' ? key : String(key)))
  if (issue.code !== 'unrecognized_keys') return reject(keyPath, issue.message)
  const unknownKey = [...keyPath, ...issue.keys.slice(0, 1)]
  return refuse(
    placeOf(document, unknownKey).key,
    `${unknownKey.join('.')}: is no key that is known here`,
  )
}

function parsedText(
  text: string,
  lines: LineCounter,
  refuse: (offset: number, problem: string) => never,
): { document: Document; value: unknown } {
  let document: Document
  let value: unknown
  try {
    document = parseYaml(text, lines)
    value = document.errors.length === 0 ? document.toJS() : undefined
  } catch (error) {
    // Aliases that multiply, lists that are too deep: files that somebody made to do harm.
    return refuse(0, messageOf(error))
  }
  const [syntaxError] = document.errors
  if (syntaxError !== undefined) refuse(syntaxError.pos[0], syntaxError.message)
  return { document, value }
}

async function readText(file: string, shown: string, kind: FileKind): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new FairleadError(
      kind.unknown,
      systemCodeOf(error) === 'ENOENT'
        ? `There is no ${kind.word} file ${shown}.`
        : `The ${kind.word} file ${shown} cannot be read: ${messageOf(error)}.`,
      { hint: kind.give },
    )
  })
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

/** What is wrong, in the words of somebody who writes YAML rather than JavaScript. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `expected one of ${issue.options.join(', ')}`
        : undefined
    case 'too_small':
      return `expected at least ${String(issue.minimum)}${issue.inclusive === false ? ', and more' : ''}`
    default:
      return undefined
  }
}

/** Where the key and the value at `keyPath` begin, or the nearest thing around them that is there. */
function placeOf(document: Document, keyPath: KeyPath): { key: number; value: number } {
  let place = { key: 0, value: 0 }
  let node: unknown = document.contents
  for (const key of keyPath) {
    const item = itemOf(node, key)
    if (item === undefined) break
    const value = startOf(item.value) ?? place.value
    place = { key: startOf(item.key) ?? value, value }
    node = item.value
  }
  return place
}

function itemOf(
  node: unknown,
  key: string | number,
): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node)) return { value: node.items[Number(key)] }
  if (!isMap(node)) return undefined
  return node.items.find((item) => isScalar(item.key) && item.key.value === key)
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
