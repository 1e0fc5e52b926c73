import { markdownTable } from './markdown-table.ts'

/** What these pages read of a JSON Schema. */
export interface JsonSchema {
  readonly description?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly pattern?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly 'x-kubernetes-int-or-string'?: boolean
}

/** More values than that are listed in a section of their own. */
const ENUM_IN_CELL_MAX = 8

/**
 * The sections of a reference page: one for the schema itself, called `name`, and one for each object, choice and long
 * list of values within. Every field has its type, whether it must be given or what it is else, and its meaning; what
 * occurs twice is shown once.
 */
export function schemaSections(schema: JsonSchema, name: string): string {
  const page = new Page()
  page.add(schema, name)
  const texts: string[] = []
  // Sections come while others are written.
  for (let next = page.next(); next !== undefined; next = page.next()) {
    const at = next.schema === schema ? '' : next.heading
    texts.push(sectionText(next, at, page))
  }
  return texts.join('\n\n')
}

interface Section {
  readonly heading: string
  readonly schema: JsonSchema
}

/** The sections so far, the first in, the first out. */
class Page {
  readonly #headings = new Map<string, string>()
  readonly #waiting: Section[] = []

  /** The heading of the section of `schema`, which is to come if there is none yet. */
  add(schema: JsonSchema, heading: string): string {
    const { description: _, default: __, ...shape } = schema
    const key = JSON.stringify(shape)
    const known = this.#headings.get(key)
    if (known !== undefined) return known
    const taken = [...this.#headings.values()].filter((one) => one.startsWith(heading))
    const free = taken.includes(heading) ? `${heading} (${taken.length + 1})` : heading
    this.#headings.set(key, free)
    this.#waiting.push({ heading: free, schema })
    return free
  }

  next(): Section | undefined {
    return this.#waiting.shift()
  }
}

function sectionText({ heading, schema }: Section, at: string, page: Page): string {
  return [
    `## \`${heading}\``,
    ...(schema.description === undefined ? [] : [schema.description]),
    bodyText(schema, heading, at, page),
  ].join('\n\n')
}

function bodyText(schema: JsonSchema, heading: string, at: string, page: Page): string {
  const { properties = {}, required = [] } = schema
  if (schema.enum !== undefined) return `One of ${valuesText(schema.enum)}.`
  const variants = variantsOf(schema)
  if (variants !== undefined) {
    const rows = variants.map(({ kind, variant }) => [
      // One that has no other field needs no section.
      Object.keys(variant.properties ?? {}).length === 1
        ? `\`${kind}\``
        : link(page.add(variant, kind)),
      variant.description ?? '',
    ])
    return `One of:\n\n${markdownTable(['which', 'meaning'], rows)}`
  }
  const rows = Object.entries(properties).map(([field, of]) => [
    `\`${field}\``,
    typeText(of, at === '' ? field : `${at}.${field}`, page),
    required.includes(field) ? 'required' : defaultText(of),
    meaningOf(of, `${heading}: ${field}`),
  ])
  return rows.length === 0
    ? 'It has no fields.'
    : markdownTable(['field', 'type', 'default', 'meaning'], rows)
}

/** @throws {Error} where a field has none; a constant, or what tells variants apart, needs none. */
function meaningOf(schema: JsonSchema, at: string): string {
  const { description, const: only } = schema
  if (description === undefined && only === undefined) throw new Error(`${at} has no meaning`)
  return description ?? ''
}

function defaultText({ default: value, properties }: JsonSchema): string {
  if (value === undefined || properties !== undefined) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** The variants of a choice between objects that one field tells apart, called `do: install`, say. */
function variantsOf({ oneOf, anyOf = [] }: JsonSchema) {
  const variants = oneOf ?? anyOf
  const keys = variants.map(
    ({ properties = {} }) =>
      Object.entries(properties).find(([, of]) => of.const !== undefined)?.[0],
  )
  const key = keys.find((one) => one !== undefined)
  if (key === undefined || variants.some(({ properties = {} }) => !(key in properties))) return
  return variants.map((variant) => {
    const { const: only, enum: some = [only] } = variant.properties?.[key] ?? {}
    return { kind: `${key}: ${some.join(', ')}`, variant }
  })
}

function typeText(schema: JsonSchema, at: string, page: Page): string {
  const { type, items, properties, additionalProperties, pattern = '', format } = schema
  if (schema['x-kubernetes-int-or-string'] === true) return 'number, or share as `10%`'
  if (schema.const !== undefined) return valuesText([schema.const])
  if (schema.enum !== undefined) {
    const isLong = schema.enum.length > ENUM_IN_CELL_MAX
    return isLong ? `one of ${link(page.add(schema, at))}` : valuesText(schema.enum)
  }
  if (variantsOf(schema) !== undefined) return `one of ${link(page.add(schema, at))}`
  const variants = schema.oneOf ?? schema.anyOf
  if (variants !== undefined) {
    if (variants.some((variant) => variant.pattern === DURATION)) return 'length of time'
    return [...new Set(variants.map((variant) => typeText(variant, at, page)))].join(', ')
  }
  if (properties !== undefined) return link(page.add(schema, at))
  if (items !== undefined) return `list of ${many(typeText(items, `${at}[]`, page))}`
  if (typeof additionalProperties === 'object') {
    return `map of ${many(typeText(additionalProperties, `${at}.*`, page))}`
  }
  if (pattern === DURATION_TEXT) return 'length of time'
  if (pattern === String.raw`^\d+%$`) return 'share as `10%`'
  if (/^\^\\?\/$/.test(pattern)) return 'path'
  if (format === 'uri') return 'URL'
  if (type === 'string') return format ?? 'text'
  return type ?? 'anything'
}

const DURATION = String.raw`^\d+(\.\d+)?(ms|s|m)$`
const DURATION_TEXT = String.raw`^\d+(\.\d+)?(ms|s|m|h)$`

function many(type: string): string {
  return /^\w+$/.test(type) ? `${type}s` : type
}

function valuesText(values: readonly unknown[]): string {
  return values.map((value) => `\`${String(value)}\``).join(', ')
}

/** The anchor as GitHub makes it of the heading. */
function link(heading: string): string {
  const anchor = heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
  return `[\`${heading}\`](#${anchor})`
}
