/**
 * A value of verbose Status. What a runtime puts there is its own affair (CRI v1 StatusResponse.info): what
 * is no JSON tells nothing, and is undefined.
 */
export function infoValue(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Names in containerd's verbose `cniconfig`, without the loopback that it adds itself. */
export function networksInForce(cniConfig: string | undefined): string[] {
  const networks = property(infoValue(cniConfig), 'Networks')
  if (!Array.isArray(networks)) return []
  return networks
    .map((network) => property(property(network, 'Config'), 'Name'))
    .filter((name) => typeof name === 'string')
    .filter((name) => name !== 'cni-loopback')
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
