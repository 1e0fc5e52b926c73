/**
 * A value of a JSON text that remembers where it stands. Unlike `JSON.parse` this keeps what a
 * double, an object's key order or a second key of the same name would lose: a plugin gets the very
 * bytes of its configuration, and an error its line and column.
 */
export type JsonNode =
  | (Span & { readonly kind: 'object'; readonly members: readonly JsonMember[] })
  | (Span & { readonly kind: 'array'; readonly elements: readonly JsonNode[] })
  | (Span & { readonly kind: 'string'; readonly value: string })
  | (Span & { readonly kind: 'boolean'; readonly value: boolean })
  | (Span & { readonly kind: 'number' })
  | (Span & { readonly kind: 'null' })

/** A {@link JsonNode} that is an object. */
export type JsonObjectNode = Extract<JsonNode, { kind: 'object' }>

/** Offsets into the text, in UTF-16 code units. */
export interface Span {
  /** The first of it. */
  readonly start: number
  /** The first one behind. */
  readonly end: number
}

/** A key of an object with its value. */
export interface JsonMember {
  /** As it reads, escapes taken away. */
  readonly key: string
  /** The offset of the key's first quote. */
  readonly keyStart: number
  /** What the key stands for. */
  readonly value: JsonNode
}

/** Broken JSON: what was expected, and where. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  /** Where it breaks, in UTF-16 code units. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Deeper nesting is refused; the stack of a recursive reader is not without end. */
const MAX_DEPTH = 1000

/**
 * Reads a JSON text (RFC 8259).
 *
 * @throws {JsonSyntaxError} where it is none, or nested deeper than 1000.
 */
export function parseJson(text: string): JsonNode {
  return new Reader(text).document()
}

/** The last member of that name, as every JSON decoder of plugins and runtimes has it. */
export function memberOf(object: JsonObjectNode, key: string): JsonMember | undefined {
  return object.members.findLast((member) => member.key === key)
}

/** The line and column of an offset, both from 1. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return {
    line: before.split('\n').length,
    column: offset - (before.lastIndexOf('\n') + 1) + 1,
  }
}

/** What a node is, for the "found ..." of an error. */
export function describeNode(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
    case 'array':
      return `an ${node.kind}`
    case 'string':
      return node.value === '' ? 'an empty string' : 'a string'
    case 'boolean':
      return String(node.value)
    case 'number':
      return 'a number'
    case 'null':
      return 'null'
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// JSON forbids just these control characters in strings.
// oxlint-disable-next-line no-control-regex
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SPACE = /[ \t\n\r]*/y
const LITERALS = { true: true, false: false, null: null } as const

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonNode {
    if (this.#text.startsWith('\uFEFF')) this.#fail('expected JSON, found a byte order mark')
    this.#space()
    const root = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) this.#unexpected('the end of the text')
    return root
  }

  #value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`)
    const start = this.#at
    switch (this.#text[start]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return { kind: 'string', start, value: this.#string(), end: this.#at }
      default:
        return this.#scalar(start)
    }
  }

  #object(depth: number): JsonNode {
    const start = this.#at
    const members: JsonMember[] = []
    this.#each('}', () => {
      const keyStart = this.#at
      if (this.#text[keyStart] !== '"') this.#unexpected('a key in double quotes')
      const key = this.#string()
      this.#space()
      if (!this.#take(':')) this.#unexpected('":"')
      this.#space()
      members.push({ key, keyStart, value: this.#value(depth + 1) })
    })
    return { kind: 'object', start, end: this.#at, members }
  }

  #array(depth: number): JsonNode {
    const start = this.#at
    const elements: JsonNode[] = []
    this.#each(']', () => {
      elements.push(this.#value(depth + 1))
    })
    return { kind: 'array', start, end: this.#at, elements }
  }

  /** Reads what stands between the bracket at hand and `close`, parted by commas. */
  #each(close: ']' | '}', readOne: () => void): void {
    this.#at += 1
    this.#space()
    if (this.#take(close)) return
    for (;;) {
      readOne()
      this.#space()
      if (this.#take(close)) return
      if (!this.#take(',')) this.#unexpected(`"," or "${close}"`)
      this.#space()
    }
  }

  // One run or escape at a time: a single pattern for the whole would backtrack without bound.
  #string(): string {
    const start = this.#at
    this.#at += 1
    let escaped = false
    for (;;) {
      this.#match(PLAIN)
      if (this.#take('"')) break
      if (this.#text[this.#at] !== '\\') this.#brokenString()
      if (this.#match(ESCAPE) === undefined) this.#fail('expected an escape that JSON knows')
      escaped = true
    }
    const raw = this.#text.slice(start, this.#at)
    return escaped ? String(JSON.parse(raw)) : raw.slice(1, -1)
  }

  #brokenString(): never {
    if (this.#at >= this.#text.length) this.#unexpected('a double quote at the end of the string')
    this.#fail('expected no control character inside a string')
  }

  #scalar(start: number): JsonNode {
    if (this.#match(NUMBER) !== undefined) return { kind: 'number', start, end: this.#at }
    for (const [word, value] of Object.entries(LITERALS)) {
      if (!this.#text.startsWith(word, start)) continue
      this.#at += word.length
      return value === null
        ? { kind: 'null', start, end: this.#at }
        : { kind: 'boolean', start, end: this.#at, value }
    }
    return this.#unexpected('a value')
  }

  #space(): void {
    this.#match(SPACE)
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #unexpected(expected: string): never {
    const point = this.#text.codePointAt(this.#at)
    const found =
      point === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(point))
    return this.#fail(`expected ${expected}, found ${found}`)
  }

  #fail(message: string): never {
    throw new JsonSyntaxError(message, this.#at)
  }
}
