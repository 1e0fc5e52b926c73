import type { CniError } from '@fairlead/cni'
import type { Plan } from './plan.ts'
import type { NetworkReadiness } from './readiness.ts'

/** Whether pods can be attached, as far as is known now. */
export interface NetworksStatus {
  /** Every network of the plan is ready, and there is one. */
  readonly ready: boolean
  /** In the order of the plan. */
  readonly networks: readonly NetworkStatus[]
}

/** What is known of one network of the plan. */
export interface NetworkStatus {
  /** What it is called. */
  readonly name: string
  /** With what it delegates to counted in. */
  readonly state: 'ready' | 'not-ready' | 'unknown'
  /** How old the observation is; absent where there is none yet. */
  readonly ageMs?: number
  /** Why it is not ready, in a sentence. */
  readonly reason?: string
  /** The failure behind the reason. */
  readonly error?: CniError
}

/** The status of a plan, from the latest observations: a network is ready when what it needs is, too. */
export function statusOf(
  plan: Plan,
  readinessOf: (network: string) => NetworkReadiness | undefined,
  nowMs: number,
): NetworksStatus {
  const networks = plan.steps.map(({ network, needs, missing }): NetworkStatus => {
    const own = single(network.name, readinessOf, nowMs)
    if (own.state !== 'ready') return own
    if (missing.length > 0) {
      return {
        ...own,
        state: 'not-ready',
        reason: `it delegates to ${missing.join(', ')}, which is not in the conf dir`,
      }
    }
    const needed = needs
      .map(({ name }) => single(name, readinessOf, nowMs))
      .find(({ state }) => state !== 'ready')
    if (needed === undefined) return own
    const reason = `it delegates to ${needed.name}, of which ${needed.reason ?? 'nothing is known'}`
    return { ...needed, name: network.name, reason }
  })
  return {
    ready: networks.length > 0 && networks.every(({ state }) => state === 'ready'),
    networks,
  }
}

function single(
  name: string,
  readinessOf: (network: string) => NetworkReadiness | undefined,
  nowMs: number,
): NetworkStatus {
  const readiness: NetworkReadiness = readinessOf(name) ?? { state: 'unknown' }
  switch (readiness.state) {
    case 'unknown':
      return nowMs < (readiness.presumedUntilMs ?? Number.NEGATIVE_INFINITY)
        ? { name, state: 'ready' }
        : { name, state: 'unknown', reason: 'nothing has been observed yet' }
    case 'ready':
      return { name, state: 'ready', ageMs: nowMs - readiness.observedAtMs }
    case 'not-ready': {
      const { error, observedAtMs } = readiness
      const ageMs = nowMs - observedAtMs
      return { name, state: 'not-ready', ageMs, error, reason: error.message }
    }
  }
}
