import type { CniOutcome, NetworkConfigList } from '@fairlead/cni'
import { type Failure, failureOf, valueOf } from './failure.ts'
import { loadNetwork, someNetworkFiles } from './networks.ts'
import type { Net } from './settings.ts'

/** Whether a network can serve ADD. */
export interface NetworkStatus {
  /** The file's path where it has no name, being broken. */
  readonly network: string
  /**
   * `limited`: not ready, and running containers may have limited connectivity (error 51 of the
   * spec); `not-supported`: the network is older than 1.1.0, with which STATUS came; `broken`: the
   * file cannot be read.
   */
  readonly status: 'ready' | 'not-supported' | 'not-ready' | 'limited' | 'failed' | 'broken'
  readonly error?: Failure
}

/** Runs STATUS of the networks, or of all in the conf dir. Goes on after an error. */
export async function statusOfNetworks(
  names: readonly string[],
  net: Net,
): Promise<readonly NetworkStatus[]> {
  const lists: { network: string; list: CniOutcome<NetworkConfigList> }[] = []
  for (const name of names) {
    lists.push({ network: name, list: await loadNetwork(name, net) })
  }
  // A network that is named has to be there and whole; of the conf dir, the others still count.
  for (const { list } of lists) valueOf(list)
  if (names.length === 0) {
    for (const { file, list } of await someNetworkFiles(net.confDir)) {
      const network = list.ok ? list.value.name : file
      // The first file of a name is the one that the name means.
      if (!lists.some((other) => other.network === network)) lists.push({ network, list })
    }
  }
  return Promise.all(
    lists.map(async ({ network, list }) => ({
      network,
      ...(list.ok
        ? statusOf(await net.cni.statusNetworkList(list.value, net.call))
        : { status: 'broken' as const, error: failureOf(list.error) }),
    })),
  )
}

function statusOf(done: CniOutcome<'ready' | 'not-supported'>): Omit<NetworkStatus, 'network'> {
  if (done.ok) return { status: done.value }
  const { code, cniCode } = done.error
  const isStatus = code === 'FL_CNI_PLUGIN_ERROR'
  return {
    status:
      isStatus && cniCode === 50 ? 'not-ready' : isStatus && cniCode === 51 ? 'limited' : 'failed',
    error: failureOf(done.error),
  }
}
