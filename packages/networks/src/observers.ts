import type { Clock, Cni } from '@fairlead/cni'
import type { ConfDir } from './conf-dir.ts'
import { type NetworkReadiness, type Observer, observe, type ReadinessTimes } from './readiness.ts'
import type { Network } from './snapshot.ts'

/** What is known of the readiness of networks, each of which has an observer of its own. */
export interface NetworkObservers {
  /** Observes these from now on, and no others; one whose file says the same goes on. */
  readonly observe: (networks: readonly Network[], wasReady: boolean) => void
  /** The latest of a network, at once. */
  readonly latest: (network: string) => NetworkReadiness | undefined
  readonly close: () => void
}

const TIMES: ReadinessTimes = {
  everyMs: 1_000,
  probeTimeoutMs: 3_000,
  doubtMs: 2_500,
  versionsEveryMs: 60_000,
}

/** Observes no network yet. `onChange` hears of each whose readiness is another one. */
export function networkObservers(
  world: { readonly cni: Cni; readonly confDir: ConfDir; readonly clock: Clock },
  readiness: Partial<ReadinessTimes> | undefined,
  onChange: (network: string, readiness: NetworkReadiness) => void,
): NetworkObservers {
  const times = { ...TIMES, ...readiness }
  const observers = new Map<string, Observer>()
  return {
    // A network that arrives where all was ready has its first look, for which there is a deadline, before
    // the node is told of it: an installer that puts its file in front would take the node's readiness away
    // for as long.
    observe: (networks, wasReady) => {
      const arrived: NetworkReadiness = wasReady
        ? { state: 'unknown', presumedUntilMs: world.clock.now() + times.probeTimeoutMs }
        : { state: 'unknown' }
      const names = new Set(networks.map(({ name }) => name))
      for (const [name, observer] of observers) {
        if (names.has(name)) continue
        observer.close()
        observers.delete(name)
      }
      for (const network of networks) {
        const { name } = network
        const before = observers.get(name)
        if (before?.network.list === network.list) continue
        before?.close()
        const known = before?.latest() ?? arrived
        const tell = (next: NetworkReadiness) => {
          onChange(name, next)
        }
        observers.set(name, observe(network, world, times, tell, known))
      }
    },
    latest: (network) => observers.get(network)?.latest(),
    close: () => {
      for (const observer of observers.values()) observer.close()
    },
  }
}
