import { parseJson } from './json.ts'
import type { PluginConfig } from './network-config.ts'

/** What the runtime puts into the configuration of one execution; values are JSON texts. */
export interface RequestKeys {
  /** Keys that the plugin shall not get. Default: none. */
  readonly remove?: readonly string[]
  /** JSON texts by key. */
  readonly set: Readonly<Record<string, string>>
}

/**
 * What one execution of a plugin gets on stdin: its own object with the runtime's keys in place of
 * any of the same name (CNI spec 1.1.0 section 3, "Deriving request configuration"). Everything else
 * is the file's text, byte for byte.
 */
export function requestConfig(plugin: PluginConfig, { remove = [], set }: RequestKeys): string {
  return join(membersOf(plugin), remove, set)
}

/** The text of a JSON object with some members set anew, the others byte for byte. */
export function replaceMembers(json: string, set: Readonly<Record<string, string>>): string {
  return join(texts(json), [], set)
}

function join(
  members: readonly MemberText[],
  remove: readonly string[],
  set: Readonly<Record<string, string>>,
): string {
  const replaced = new Set([...remove, ...Object.keys(set)])
  const kept = members.filter(({ key }) => !replaced.has(key)).map(({ json }) => json)
  const own = Object.entries(set).map(([key, json]) => `${JSON.stringify(key)}:${json}`)
  // Last, where they win over a key of the file that differs only in case (Go's encoding/json).
  return `{${[...kept, ...own].join(',')}}`
}

interface MemberText {
  readonly key: string
  readonly json: string
}

// A plugin's text does not change, and its chain is executed many times.
const cache = new WeakMap<PluginConfig, readonly MemberText[]>()

function membersOf(plugin: PluginConfig): readonly MemberText[] {
  const known = cache.get(plugin)
  if (known !== undefined) return known
  const members = texts(plugin.json)
  cache.set(plugin, members)
  return members
}

function texts(json: string): readonly MemberText[] {
  const root = parseJson(json)
  const members = root.kind === 'object' ? root.members : []
  return members.map(({ key, keyStart, value }) => ({
    key,
    json: json.slice(keyStart, value.end),
  }))
}
