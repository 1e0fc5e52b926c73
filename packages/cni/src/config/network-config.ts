import { type CniOutcome, failure, isCniError, success } from '../errors.ts'
import { networkNameProblem } from '../names.ts'
import { compareVersions, CURRENT_VERSION, DEFAULT_VERSION, parseVersion } from '../versions.ts'
import { ConfigReader } from './config-reader.ts'
import type { JsonNode, JsonObjectNode } from './json.ts'

/** One plugin's object in a network configuration (CNI spec 1.1.0 section 1). */
export interface PluginConfig {
  /** Names the executable. */
  readonly type: string
  /** The name that a single-plugin file has; a list's plugins have none. */
  readonly name?: string
  /** The version that a single-plugin file names. */
  readonly cniVersion?: string
  /** The capabilities that are `true`. */
  readonly capabilities: readonly string[]
  /** The plugin that hands out addresses, `ipam.type`. */
  readonly ipamType?: string
  /** The object's text as it stands in the file. Every key goes to the plugin from here. */
  readonly json: string
}

/** A network configuration: a list of plugins under one name (CNI spec 1.1.0 section 1). */
export interface NetworkConfigList {
  /** What the network is called; attachments are kept under it. */
  readonly name: string
  /**
   * The newest version of `cniVersion` and `cniVersions` that this package knows; `cniVersion` as
   * it stands where there are no `cniVersions`; 0.1.0 where there is neither.
   */
  readonly cniVersion: string
  /** CHECK is not run. False where the file says nothing. */
  readonly disableCheck: boolean
  /** GC is not run. False where the file says nothing. */
  readonly disableGC: boolean
  /** Plugins of the folder that is named as the network are not read (libcni v1.3). */
  readonly loadOnlyInlinedPlugins: boolean
  /** In the order in which ADD runs them; at least one. */
  readonly plugins: readonly PluginConfig[]
  /** The list's text, which the result cache keeps. */
  readonly json: string
}

/**
 * Reads the text of a `.conflist`: an object with `name` and `plugins`. `file` is for errors only.
 * `plugins` may be missing where a folder beside the file brings them; {@link readConfFile} does both.
 *
 * Fails with FL_CNI_CONFIG_INVALID: file, line and column, and where the JSON is whole the key path.
 */
export function parseNetworkConfigList(text: string, file?: string): CniOutcome<NetworkConfigList> {
  return reading(text, file, (reader, root) => {
    const name = reader.require(root, 'name')
    const list = {
      name: reader.checked(name, networkNameProblem),
      cniVersion: selectVersion(reader, root),
      disableCheck: reader.flag(root, 'disableCheck'),
      disableGC: reader.flag(root, 'disableGC'),
      loadOnlyInlinedPlugins: reader.flag(root, 'loadOnlyInlinedPlugins'),
      json: text,
    }
    const plugins = reader.list(root, 'plugins')
    if (plugins === undefined && list.loadOnlyInlinedPlugins) {
      reader.fail(root, 'plugins', 'needed, since `loadOnlyInlinedPlugins` is true')
    }
    if (plugins?.length === 0) reader.fail(root, 'plugins', 'expected at least one plugin')
    return {
      ...list,
      plugins: (plugins ?? []).map((node, index) =>
        readPlugin(reader.at(`plugins[${index}]`), node, text),
      ),
    }
  })
}

/**
 * Reads the text of one plugin's object: a file of `<conf dir>/<network name>/`, or a `.conf` file,
 * which {@link listOfPlugin} makes a list of.
 */
export function parsePluginConfig(text: string, file?: string): CniOutcome<PluginConfig> {
  return reading(text, file, (reader, root) => readPlugin(reader, root, text))
}

/**
 * Reads the text of a configuration file of either kind, told by the extension of `file`: a
 * `.conflist` is a list, anything else a single plugin, made a list of one.
 */
export function parseNetworkConfig(text: string, file: string): CniOutcome<NetworkConfigList> {
  if (file.endsWith('.conflist')) return parseNetworkConfigList(text, file)
  const plugin = parsePluginConfig(text, file)
  return plugin.ok ? listOfPlugin(plugin.value, file) : plugin
}

/** The list of one that a single-plugin file stands for (libcni v1.3 `ConfListFromConf`). */
export function listOfPlugin(plugin: PluginConfig, file?: string): CniOutcome<NetworkConfigList> {
  const json =
    `{"cniVersion":${JSON.stringify(plugin.cniVersion ?? '')},` +
    `"name":${JSON.stringify(plugin.name ?? '')},"plugins":[${plugin.json}]}`
  const problem = networkNameProblem(plugin.name ?? '')
  if (problem !== undefined) {
    const place = { ...(file === undefined ? {} : { file }), line: 1, column: 1, keyPath: 'name' }
    return failure('FL_CNI_CONFIG_INVALID', problem, { place })
  }
  return parseNetworkConfigList(json, file)
}

/**
 * The list that an attachment was added with, from its cached text. A cache of libcni may hold a single
 * plugin there, and of a network whose plugins are in a folder it holds none of them: then this fails
 * with FL_CNI_CONFIG_INVALID, for a DEL of no plugin would undo nothing.
 */
export function parseCachedConfig(text: string): CniOutcome<NetworkConfigList> {
  const list = parseNetworkConfigList(text)
  if (!list.ok || list.value.plugins.length > 0) return list
  const plugin = parsePluginConfig(text)
  if (plugin.ok) return listOfPlugin(plugin.value)
  return failure('FL_CNI_CONFIG_INVALID', 'the cached configuration has no plugins', {
    network: list.value.name,
    hint: 'They were in a folder beside the list: use the configuration of the conf dir.',
  })
}

/** A list made in code instead of read from a file, e.g. `{ name, cniVersion, plugins: [...] }`. */
export function networkConfigList(value: {
  readonly name: string
  readonly cniVersion: string
  readonly plugins: readonly { readonly type: string; readonly [key: string]: unknown }[]
  readonly [key: string]: unknown
}): CniOutcome<NetworkConfigList> {
  return parseNetworkConfigList(JSON.stringify(value))
}

function reading<T>(
  text: string,
  file: string | undefined,
  read: (reader: ConfigReader, root: JsonObjectNode) => T,
): CniOutcome<T> {
  try {
    const reader = new ConfigReader(text, file)
    return success(read(reader, reader.root()))
  } catch (error) {
    if (isCniError(error)) return { ok: false, error }
    throw error
  }
}

// libcni decodes a plugin into a Go struct: a key counts in any case where it is not there in its own,
// and null is as good as absent (encoding/json, Unmarshal).
function readPlugin(reader: ConfigReader, node: JsonNode, text: string): PluginConfig {
  const plugin = reader.object(node)
  const type = reader.foldedText(plugin, 'type')
  if (type === undefined || type.value === '') {
    return reader.fail(plugin, 'type', 'expected the name of a plugin, a string that is not empty')
  }
  const name = reader.foldedText(plugin, 'name')?.value
  const cniVersion = reader.foldedText(plugin, 'cniVersion')?.value
  const ipam = reader.foldedObject(plugin, 'ipam')
  const ipamType =
    ipam === undefined ? undefined : reader.at('ipam').foldedText(ipam, 'type')?.value
  const dns = reader.foldedObject(plugin, 'dns')
  if (dns !== undefined) {
    reader.at('dns').foldedText(dns, 'domain')
    for (const key of ['nameservers', 'search', 'options']) reader.at('dns').foldedTexts(dns, key)
  }
  reader.foldedObject(plugin, 'prevResult')
  return {
    type: type.value,
    ...(name === undefined || name === '' ? {} : { name }),
    ...(cniVersion === undefined || cniVersion === '' ? {} : { cniVersion }),
    capabilities: reader.foldedFlags(plugin, 'capabilities'),
    ...(ipamType === undefined || ipamType === '' ? {} : { ipamType }),
    json: text.slice(plugin.start, plugin.end),
  }
}

/** The spec's "highest supported version", by libcni's rules (v1.3 libcni/conf.go). */
function selectVersion(reader: ConfigReader, root: JsonObjectNode): string {
  const own = reader.text(root, 'cniVersion')
  const others = reader.texts(root, 'cniVersions')
  if (others === undefined)
    return own === undefined || own.value === '' ? DEFAULT_VERSION : own.value
  const candidates = own === undefined || own.value === '' ? others : [...others, own]
  const known = candidates
    .map((candidate) =>
      reader.checked(candidate, (version) =>
        parseVersion(version) === undefined
          ? `expected a version such as 1.1.0, found ${JSON.stringify(version)}`
          : undefined,
      ),
    )
    .filter((version) => (compareVersions(version, CURRENT_VERSION) ?? 1) <= 0)
    .sort((left, right) => compareVersions(left, right) ?? 0)
  const selected = known.at(-1) ?? own?.value ?? ''
  return selected === '' ? DEFAULT_VERSION : selected
}
