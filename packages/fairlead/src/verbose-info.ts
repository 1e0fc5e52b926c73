import { jsonOrUndefined } from './json.ts'

// What a runtime puts into verbose Status is its own affair (CRI v1 StatusResponse.info).

/** A network in containerd's verbose `cniconfig`. */
export interface LoadedNetwork {
  readonly name: string
  /** The configuration list that it was loaded from, or made into. */
  readonly text: string
}

/** What containerd's verbose `cniconfig` lists, its own loopback included; undefined where it is none. */
export function loadedNetworks(
  cniConfig: string | undefined,
): readonly LoadedNetwork[] | undefined {
  // A list that is empty is null in Go's JSON.
  const networks = property(jsonOrUndefined(cniConfig), 'Networks')
  if (networks === null) return []
  if (!Array.isArray(networks)) return undefined
  return networks.flatMap((network) => {
    const config = property(network, 'Config')
    const [name, text] = [property(config, 'Name'), property(config, 'Source')]
    return typeof name === 'string' ? [{ name, text: typeof text === 'string' ? text : '' }] : []
  })
}

/** Names in containerd's verbose `cniconfig`, without the loopback that it adds itself. */
export function networksInForce(cniConfig: string | undefined): string[] {
  const names = (loadedNetworks(cniConfig) ?? []).map(({ name }) => name)
  return names.filter((name) => name !== 'cni-loopback')
}

/** The conf dir that containerd's verbose `cniconfig` names; undefined where it names none. */
export function confDirInForce(cniConfig: string | undefined): string | undefined {
  const dir = property(jsonOrUndefined(cniConfig), 'PluginConfDir')
  return typeof dir === 'string' && dir !== '' ? dir : undefined
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
