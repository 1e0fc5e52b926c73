import { CniError } from '../errors.ts'
import {
  describeNode,
  type JsonNode,
  type JsonObjectNode,
  JsonSyntaxError,
  memberOf,
  parseJson,
  positionOf,
} from './json.ts'

/** A text of a configuration with the place it stands at. */
export interface PlacedText {
  readonly value: string
  readonly start: number
  readonly keyPath: string
}

/**
 * Takes values of the expected kind out of a configuration. Every method throws a
 * {@link CniError} FL_CNI_CONFIG_INVALID with the place of what is wrong; the parsers around it turn
 * that into an outcome.
 */
export class ConfigReader {
  readonly #text: string
  readonly #file: string | undefined
  readonly #prefix: string

  constructor(text: string, file: string | undefined, prefix = '') {
    this.#text = text
    this.#file = file
    this.#prefix = prefix
  }

  /** The same reader, one step further down in key paths. */
  at(key: string): ConfigReader {
    return new ConfigReader(this.#text, this.#file, this.#path(key))
  }

  root(): JsonObjectNode {
    try {
      return this.object(parseJson(this.#text))
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
      return this.#fail(error.offset, undefined, `not JSON: ${error.message}`)
    }
  }

  object(node: JsonNode): JsonObjectNode {
    if (node.kind === 'object') return node
    return this.#fail(node.start, this.#prefix, `expected an object, found ${describeNode(node)}`)
  }

  require(object: JsonObjectNode, key: string): PlacedText {
    return this.text(object, key) ?? this.fail(object, key, 'expected a string, found nothing')
  }

  text(object: JsonObjectNode, key: string): PlacedText | undefined {
    const node = memberOf(object, key)?.value
    return node === undefined ? undefined : this.#asText(node, this.#path(key))
  }

  texts(object: JsonObjectNode, key: string): readonly PlacedText[] | undefined {
    return this.list(object, key)?.map((node, index) =>
      this.#asText(node, `${this.#path(key)}[${index}]`),
    )
  }

  list(object: JsonObjectNode, key: string): readonly JsonNode[] | undefined {
    const node = memberOf(object, key)?.value
    return node === undefined ? undefined : this.#list(node, this.#path(key))
  }

  /** A boolean, or its name in a string of any case (libcni v1.3 libcni/conf.go `readBool`). */
  flag(object: JsonObjectNode, key: string): boolean {
    const node = memberOf(object, key)?.value
    if (node === undefined) return false
    if (node.kind === 'boolean') return node.value
    const word = node.kind === 'string' ? node.value.toLowerCase() : undefined
    if (word === 'true' || word === 'false') return word === 'true'
    return this.#fail(
      node.start,
      this.#path(key),
      `expected true or false, found ${describeNode(node)}`,
    )
  }

  foldedText(object: JsonObjectNode, key: string): PlacedText | undefined {
    const node = this.#folded(object, key)
    return node === undefined ? undefined : this.#asText(node, this.#path(key))
  }

  foldedTexts(object: JsonObjectNode, key: string): void {
    const node = this.#folded(object, key)
    if (node === undefined) return
    for (const [index, element] of this.#list(node, this.#path(key)).entries()) {
      if (element.kind !== 'null') this.#asText(element, `${this.#path(key)}[${index}]`)
    }
  }

  foldedObject(object: JsonObjectNode, key: string): JsonObjectNode | undefined {
    const node = this.#folded(object, key)
    return node === undefined ? undefined : this.at(key).object(node)
  }

  /** The keys of an object of booleans that are true. */
  foldedFlags(object: JsonObjectNode, key: string): readonly string[] {
    const flags = new Map<string, boolean>()
    for (const { key: name, value } of this.foldedObject(object, key)?.members ?? []) {
      if (value.kind !== 'boolean' && value.kind !== 'null') {
        const found = describeNode(value)
        this.#fail(value.start, this.at(key).#path(name), `expected true or false, found ${found}`)
      }
      flags.set(name, value.kind === 'boolean' && value.value)
    }
    return [...flags].filter(([, on]) => on).map(([name]) => name)
  }

  /** The text itself, unless `problemOf` has a word against it. */
  checked(text: PlacedText, problemOf: (value: string) => string | undefined): string {
    const problem = problemOf(text.value)
    return problem === undefined ? text.value : this.#fail(text.start, text.keyPath, problem)
  }

  /** Throws, at the value of `key` or, where there is none, at the object. */
  fail(object: JsonObjectNode, key: string, message: string): never {
    const start = memberOf(object, key)?.value.start ?? object.start
    return this.#fail(start, this.#path(key), message)
  }

  #folded(object: JsonObjectNode, key: string): JsonNode | undefined {
    const exact = memberOf(object, key)?.value
    if (exact !== undefined && exact.kind !== 'null') return exact
    const wanted = key.toLowerCase()
    return object.members.findLast(
      (member) =>
        member.key !== key && member.key.toLowerCase() === wanted && member.value.kind !== 'null',
    )?.value
  }

  #asText(node: JsonNode, keyPath: string): PlacedText {
    if (node.kind === 'string') return { value: node.value, start: node.start, keyPath }
    return this.#fail(node.start, keyPath, `expected a string, found ${describeNode(node)}`)
  }

  #list(node: JsonNode, keyPath: string): readonly JsonNode[] {
    if (node.kind === 'array') return node.elements
    return this.#fail(node.start, keyPath, `expected a list, found ${describeNode(node)}`)
  }

  #path(key: string): string {
    return this.#prefix === '' ? key : `${this.#prefix}.${key}`
  }

  #fail(offset: number, keyPath: string | undefined, message: string): never {
    throw new CniError('FL_CNI_CONFIG_INVALID', message, {
      place: {
        ...(this.#file === undefined ? {} : { file: this.#file }),
        ...positionOf(this.#text, offset),
        ...(keyPath === undefined || keyPath === '' ? {} : { keyPath }),
      },
    })
  }
}
