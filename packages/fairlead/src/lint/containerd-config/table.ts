/** A table of a TOML file. */
export type Table = Readonly<Record<string, unknown>>

/** A value as a table; an empty one where it is none. */
export function tableOf(value: unknown): Table {
  return asTable(value) ?? {}
}

/** A value as a table, if it is one. */
export function asTable(value: unknown): Table | undefined {
  const isOne =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  return isOne ? { ...value } : undefined
}

/** The strings of a list, or of none. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

/** The table below a path of keys; an empty one where there is none. */
export function tableAt(table: Table, ...keys: readonly string[]): Table {
  return keys.reduce((inner, key) => tableOf(inner[key]), table)
}

/** Tables are merged key by key, anything else of `over` replaces what is below (mergo, `WithOverride`). */
export function mergeDeep(below: Table, over: Table): Table {
  const merged: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(over)) {
    const [inner, own] = [asTable(below[key]), asTable(value)]
    merged[key] = inner !== undefined && own !== undefined ? mergeDeep(inner, own) : value
  }
  return merged
}
