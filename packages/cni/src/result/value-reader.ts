/** A JSON value that is not of the form it has to have; the message says where in it and why. */
export class FormError extends Error {
  override readonly name = 'FormError'
}

/** A JSON object, keys not known. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * The value of a key as Go's decoder finds it for libcni's types: in any case where it is not there in
 * its own, and null is as good as absent.
 */
export function valueAt(object: JsonObject, key: string): unknown {
  const exact = Object.hasOwn(object, key) ? object[key] : undefined
  if (exact !== undefined && exact !== null) return exact
  const wanted = key.toLowerCase()
  const name = Object.keys(object).findLast((own) => own.toLowerCase() === wanted && own !== key)
  return name === undefined ? undefined : (object[name] ?? undefined)
}

/**
 * The functions below take values out of parsed JSON with {@link valueAt}. They throw a
 * {@link FormError} at a value of another kind.
 */
export function asObject(value: unknown, where: string): JsonObject {
  if (isJsonObject(value)) return value
  throw new FormError(`${where}: expected an object`)
}

/** The object that a text is; undefined for what is not JSON or another kind of value. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    // Not JSON; whoever asks has words for it.
    return undefined
  }
}

/** Whether `value` is an object and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function optionalObject(object: JsonObject, key: string, where: string): JsonObject {
  const value = valueAt(object, key)
  return value === undefined ? {} : asObject(value, `${where}${key}`)
}

export function listOf<T>(
  object: JsonObject,
  key: string,
  where: string,
  readOne: (value: unknown, where: string) => T,
): T[] {
  const value = valueAt(object, key) ?? []
  if (!Array.isArray(value)) throw new FormError(`${where}${key}: expected a list`)
  return value.map((element, index) => readOne(element, `${where}${key}[${index}]`))
}

export function asText(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  throw new FormError(`${where}: expected a string`)
}

/** `{ [key]: value }` where the string is there and not empty; nothing otherwise. */
export function textAt<Key extends string>(
  object: JsonObject,
  key: Key,
  where: string,
): { [K in Key]?: string } {
  const value = valueAt(object, key) ?? ''
  return entry(key, asText(value, `${where}.${key}`) || undefined)
}

/** `{ [key]: value }` where the whole number is there; nothing otherwise. */
export function integerAt<Key extends string>(
  object: JsonObject,
  key: Key,
  where: string,
): { [K in Key]?: number } {
  const value = valueAt(object, key)
  if (value === undefined) return {}
  if (typeof value === 'number' && Number.isSafeInteger(value)) return entry(key, value)
  throw new FormError(`${where}.${key}: expected a whole number`)
}

/** As {@link integerAt}, where 0 is as good as absent. */
export function countAt<Key extends string>(
  object: JsonObject,
  key: Key,
  where: string,
): { [K in Key]?: number } {
  return valueAt(object, key) === 0 ? {} : integerAt(object, key, where)
}

/** As {@link textAt}, the value put into its canonical spelling. */
export function canonicalAt<Key extends string>(
  object: JsonObject,
  key: Key,
  where: string,
  canonical: (text: string) => string | undefined,
): { [K in Key]?: string } {
  const value = valueAt(object, key) ?? ''
  const text = asText(value, `${where}.${key}`)
  return text === '' ? {} : entry(key, required(text, `${where}.${key}`, canonical))
}

/** The text in its canonical spelling. */
export function required(
  text: string,
  where: string,
  canonical: (text: string) => string | undefined,
): string {
  const value = canonical(text)
  if (value !== undefined) return value
  throw new FormError(`${where}: ${JSON.stringify(text)} is no address of the expected form`)
}

function entry<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  // An object with one computed key is typed by its index signature only.
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T }
}
