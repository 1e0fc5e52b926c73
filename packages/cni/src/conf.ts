/** A JSON object whose keys this library does not know and passes on. */
export type JsonObject = { readonly [key: string]: unknown }

/** One plugin's entry in a network configuration list; `type` names the executable. */
export interface PluginConfig extends JsonObject {
  readonly type: string
}

/** A network configuration, CNI spec 1.1.0 section 1: a list, or a single plugin turned into one. */
export interface NetworkConfigList {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly PluginConfig[]
}

/** The outcome of reading a configuration: a list, or one sentence on why it is none. */
export type ParsedConfig =
  | { readonly ok: true; readonly list: NetworkConfigList }
  | { readonly ok: false; readonly reason: string }

/** Reads the text of a `.conflist` (has `plugins`) or `.conf` file (has `type`). */
export function parseNetworkConfig(text: string): ParsedConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return {
      ok: false,
      reason: `not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    }
  }
  if (!isObject(value)) return { ok: false, reason: 'not a JSON object' }
  const { name, cniVersion, plugins } = value
  if (typeof name !== 'string' || name === '') return { ok: false, reason: '`name` is missing' }
  const entries = plugins === undefined ? [value] : plugins
  if (!Array.isArray(entries) || entries.length === 0) {
    return { ok: false, reason: '`plugins` is not a list of at least one plugin' }
  }
  const index = entries.findIndex((entry) => !isPluginConfig(entry))
  if (index !== -1) return { ok: false, reason: `plugins[${index}] has no \`type\`` }
  return {
    ok: true,
    list: {
      // A missing version means 0.1.0 (libcni v1.3 libcni/conf.go).
      cniVersion: typeof cniVersion === 'string' && cniVersion !== '' ? cniVersion : '0.1.0',
      name,
      plugins: entries.filter(isPluginConfig),
    },
  }
}

/**
 * What one plugin of the list gets on stdin: its own entry with the list's `name` and
 * `cniVersion` (CNI spec 1.1.0 section 4, "Deriving execution configuration").
 */
export function executionConfig(list: NetworkConfigList, plugin: PluginConfig): JsonObject {
  return { ...plugin, name: list.name, cniVersion: list.cniVersion }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPluginConfig(value: unknown): value is PluginConfig {
  return isObject(value) && typeof value['type'] === 'string' && value['type'] !== ''
}
