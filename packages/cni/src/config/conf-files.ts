import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { replaceMembers } from './request-config.ts'
import { type CniOutcome, failure, success, systemCodeOf, textOf } from '../errors.ts'
import { readSmallFile } from '../read-file.ts'
import {
  listOfPlugin,
  type NetworkConfigList,
  parseNetworkConfig,
  parsePluginConfig,
  type PluginConfig,
} from './network-config.ts'

/** The extensions of network configuration files; runtimes read all three. */
export const CONF_EXTENSIONS: readonly string[] = ['.conf', '.conflist', '.json']

/** Those of `fileNames` with one of the extensions, in libcni's order: by the bytes of their names. */
export function confFileNames(
  fileNames: readonly string[],
  extensions: readonly string[] = CONF_EXTENSIONS,
): string[] {
  return fileNames
    .filter((name) => extensions.some((extension) => name.endsWith(extension)))
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
}

/**
 * The configuration files of a folder in libcni's order: no sub-folders; dot files and links count.
 * A folder that is not there has none. Fails with FL_CNI_CONFIG_READ.
 */
export async function listConfFiles(
  dir: string,
  extensions: readonly string[] = CONF_EXTENSIONS,
): Promise<CniOutcome<string[]>> {
  try {
    const entries = await readdir(dir, { withFileTypes: true })
    const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)
    return success(confFileNames(names, extensions).map((name) => path.join(dir, name)))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return success([])
    return unreadable(dir, error)
  }
}

/**
 * Reads one configuration file by its extension: a `.conflist` is a list, and the plugins of the
 * folder beside it that is named after the network are added unless it says
 * `loadOnlyInlinedPlugins`; anything else is a single plugin, made a list of one.
 *
 * Fails with FL_CNI_CONFIG_READ or FL_CNI_CONFIG_INVALID.
 */
export async function readConfFile(file: string): Promise<CniOutcome<NetworkConfigList>> {
  const text = await readText(file)
  if (!text.ok) return text
  const list = parseNetworkConfig(text.value, file)
  if (!list.ok || !file.endsWith('.conflist')) return list
  const added = list.value.loadOnlyInlinedPlugins
    ? success([])
    : await readPluginFolder(path.join(path.dirname(file), list.value.name))
  if (!added.ok) return added
  const plugins = [...list.value.plugins, ...added.value]
  if (plugins.length === 0) {
    return failure('FL_CNI_CONFIG_INVALID', 'the network has no plugins', {
      place: { file, line: 1, column: 1, keyPath: 'plugins' },
      hint: `List them in \`plugins\`, or put a .conf file for each into ${path.join(path.dirname(file), list.value.name)}.`,
    })
  }
  return success(added.value.length === 0 ? list.value : wholeList(list.value, plugins))
}

/**
 * The network of that name, as libcni's `LoadNetworkConf` finds it: the first `.conflist` that has
 * the name, else the first `.conf` or `.json`. A file before it that is broken fails the search.
 *
 * Fails with FL_CNI_NETWORK_UNKNOWN, FL_CNI_CONFIG_READ or FL_CNI_CONFIG_INVALID.
 */
export async function loadNetworkConfigList(
  dir: string,
  name: string,
): Promise<CniOutcome<NetworkConfigList>> {
  for (const extensions of [['.conflist'], ['.conf', '.json']]) {
    const files = await listConfFiles(dir, extensions)
    if (!files.ok) return files
    for (const file of files.value) {
      const list = await readNamed(file, name)
      if (list !== undefined) return list
    }
  }
  return failure('FL_CNI_NETWORK_UNKNOWN', `${dir} has no network of that name`, { network: name })
}

/**
 * The list with all its plugins in its own text. libcni keeps only the file's text in the result
 * cache, and so loses the plugins that DEL needs when the folder changes or goes.
 */
function wholeList(list: NetworkConfigList, plugins: readonly PluginConfig[]): NetworkConfigList {
  const json = replaceMembers(list.json, {
    plugins: `[${plugins.map((plugin) => plugin.json).join(',')}]`,
    loadOnlyInlinedPlugins: 'true',
  })
  return { ...list, plugins, json }
}

// A single-plugin file without a name is no error to libcni until it is the one that is looked for.
async function readNamed(
  file: string,
  name: string,
): Promise<CniOutcome<NetworkConfigList> | undefined> {
  if (file.endsWith('.conflist')) {
    const list = await readConfFile(file)
    return list.ok && list.value.name !== name ? undefined : list
  }
  const text = await readText(file)
  if (!text.ok) return text
  const plugin = parsePluginConfig(text.value, file)
  if (!plugin.ok) return plugin
  return plugin.value.name === name ? listOfPlugin(plugin.value, file) : undefined
}

async function readPluginFolder(dir: string): Promise<CniOutcome<readonly PluginConfig[]>> {
  const files = await listConfFiles(dir, ['.conf'])
  if (!files.ok) return files
  const plugins = []
  for (const file of files.value) {
    const text = await readText(file)
    if (!text.ok) return text
    const plugin = parsePluginConfig(text.value, file)
    if (!plugin.ok) return plugin
    plugins.push(plugin.value)
  }
  return success(plugins)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function readText(file: string): Promise<CniOutcome<string>> {
  let bytes: Uint8Array
  try {
    bytes = (await readSmallFile(file)).bytes
  } catch (error) {
    return unreadable(file, error)
  }
  try {
    return success(utf8.decode(bytes))
  } catch (error) {
    return failure('FL_CNI_CONFIG_INVALID', 'the file is not UTF-8', {
      place: { file, line: 1, column: 1 },
      cause: error,
    })
  }
}

function unreadable(file: string, cause: unknown) {
  return failure('FL_CNI_CONFIG_READ', `${file} cannot be read: ${textOf(cause)}`, { cause })
}
