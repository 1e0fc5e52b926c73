import type { NetworkConfigList } from './config/network-config.ts'
import { CniError, type CniOutcome } from './errors.ts'

/** Something that speaks against a network on this machine. */
export interface Finding {
  /** The key in the configuration, e.g. `plugins[1].ipam.type`. */
  readonly keyPath: string
  /** What is wrong with it. */
  readonly error: CniError
}

/** What a validation asks. */
interface Installed {
  readonly find: (plugin: string) => Promise<CniOutcome<string>>
  readonly supportedVersions: (plugin: string) => Promise<CniOutcome<readonly string[]>>
}

/**
 * Holds a list against the plugins that are installed: each one and each IPAM plugin is there, runs,
 * and supports the list's version. libcni stops at nothing either, but gives one text for all.
 */
export async function validateNetworkList(
  list: NetworkConfigList,
  installed: Installed,
): Promise<readonly Finding[]> {
  const plugins = list.plugins.flatMap(({ type, ipamType }, index) => [
    { keyPath: `plugins[${index}].type`, plugin: type },
    ...(ipamType === undefined
      ? []
      : [{ keyPath: `plugins[${index}].ipam.type`, plugin: ipamType }]),
  ])
  const findings = await Promise.all(
    plugins.map(async ({ keyPath, plugin }) => {
      const error = await problemOf(plugin, list, installed)
      return error === undefined ? [] : [{ keyPath, error }]
    }),
  )
  return findings.flat()
}

async function problemOf(
  plugin: string,
  list: NetworkConfigList,
  installed: Installed,
): Promise<CniError | undefined> {
  const found = await installed.find(plugin)
  if (!found.ok) return found.error
  const versions = await installed.supportedVersions(plugin)
  if (!versions.ok) return versions.error
  if (versions.value.includes(list.cniVersion)) return undefined
  return new CniError(
    'FL_CNI_VERSION',
    `the plugin does not support version ${list.cniVersion}, only ${versions.value.join(', ')}`,
    { plugin, network: list.name, hint: 'Lower cniVersion, or install a newer plugin.' },
  )
}
