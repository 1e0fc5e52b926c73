import type { Clock, Cni } from '@fairlead/cni'
import { type ConfDir, type Networks, type NetworksEvent, openNetworks } from '@fairlead/networks'

/** What installers have written, as networks that are looked at all the time. */
export interface Sources extends Disposable {
  readonly networks: Pick<Networks, 'snapshot' | 'plan' | 'status'>
  /** When a network was loaded with another text than before, on the scale of the clock. */
  readonly loadedAtMs: (network: string) => number
}

/**
 * For one look at a network. Nobody waits for it, neither Status nor a pod: a node that boots under load may
 * take its time to run a plugin, and shall have its network then.
 */
const LOOK_TIMEOUT_MS = 15_000

/** Opens the source dirs: every network of theirs counts, and each change once it has settled. */
export async function openSources(options: {
  readonly cni: Cni
  readonly confDir: ConfDir
  readonly settleMs: number
  readonly clock: Clock
  readonly onEvent: (event: NetworksEvent) => void
}): Promise<Sources> {
  const { cni, confDir, settleMs, clock, onEvent } = options
  let loaded = new Map<string, { readonly list: unknown; readonly atMs: number }>()
  const networks = await openNetworks({
    cni,
    confDir,
    clock,
    policy: { kind: 'containerd', maxConfNum: 0 },
    readiness: { probeTimeoutMs: LOOK_TIMEOUT_MS },
    settle: { quietMs: settleMs, longestMs: settleMs * 10 },
    onEvent: (event) => {
      if (event.type === 'loaded') {
        const before = loaded
        loaded = new Map(
          event.snapshot.networks.map(({ name, list }) => {
            const known = before.get(name)
            return [name, known?.list === list ? known : { list, atMs: clock.now() }]
          }),
        )
      }
      onEvent(event)
    },
  })
  return {
    networks,
    loadedAtMs: (network) => loaded.get(network)?.atMs ?? clock.now(),
    [Symbol.dispose]: () => networks[Symbol.dispose](),
  }
}
