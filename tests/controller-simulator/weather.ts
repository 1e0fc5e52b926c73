import type { KubeApi, KubeError, WatchEvent } from '../../packages/fairlead/src/kube/api.ts'
import type { Fault, MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import type { Random } from '../../packages/fairlead/src/random.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** One of the options, by chance. */
export type Pick = <T>(...options: readonly T[]) => T

/** How hard it is to reach the API server. */
export interface Weather {
  /** Whether watches tell of a change at once. */
  readonly isPrompt: boolean
  readonly leases: boolean
  latencyMs: number
  errorRate: number
  watchLagMs: number
}

/** Of a schedule. */
export function weatherOf(random: Random, pick: Pick): Weather {
  const watchLagMs = pick(0, 1_000, 20_000)
  return {
    isPrompt: watchLagMs === 0,
    leases: random.below(2) === 0,
    latencyMs: pick(5, 200, 3_000),
    errorRate: pick(0, 0, 5, 25),
    watchLagMs,
  }
}

/** The API server from where a controller is: late, with lost requests and lost answers, and watches that lag. */
export function seenThrough(
  server: MemoryApiServer,
  weather: Weather,
  clock: VirtualClock,
  random: Random,
): KubeApi {
  const client = server.client({
    intercept: async (): Promise<Fault | undefined> => {
      await clock.sleep(random.below(weather.latencyMs + 1))
      if (random.below(100) >= weather.errorRate) return undefined
      const reasons: readonly KubeError['reason'][] = ['unreachable', 'server-error', 'deadline']
      const reason = reasons[random.below(3)] ?? 'unreachable'
      const when = random.below(2) === 0 ? 'after' : 'before'
      return { error: { reason, message: `${reason}, as it happens` }, when }
    },
  })
  async function* late(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent> {
    for await (const event of events) {
      if (weather.watchLagMs > 0) await clock.sleep(random.below(weather.watchLagMs))
      yield event
    }
  }
  return { ...client, watch: (...args) => late(client.watch(...args)) }
}
