import { z } from 'zod'
import type { KubeApi, KubeError, KubeObject, KubeResult } from '../../kube/api.ts'
import { leaseClaim } from '../../kube/lease.ts'
import { nodeConditions } from '../../kube/node-conditions.ts'
import { NODES } from '../../kube/resources.ts'
import type { Clock } from '../../ports.ts'
import type { RestartLeave } from '../repair.ts'
import { CONDITION_TYPE } from './node-condition.ts'

/** How many nodes must be healthy: a number, or per cent of all. */
export type MinHealthy = number | string

type PermitApi = Pick<KubeApi, 'get' | 'create' | 'replace' | 'list'>

/** Whether the cluster bears that this node's runtime is restarted. */
export interface RestartPermit {
  /** To ask makes it be sought, in the background. */
  readonly leave: () => RestartLeave
  readonly run: (api: PermitApi, signal: AbortSignal) => Promise<void>
}

/** What a permit is sought with. */
export interface PermitWorld {
  readonly nodeName: string
  /** The namespace of the Lease. */
  readonly namespace: string
  readonly minHealthy: MinHealthy
  /** Whether the node may help itself while the API server cannot be asked. */
  readonly withoutApiServer: 'restart' | 'report'
  /** Whether the runtime is Ready. */
  readonly isReady: () => boolean
  readonly clock: Clock
  readonly wallMs: () => number
  readonly onError: (what: string, error: KubeError) => void
}

/** The Lease that whoever repairs a node holds. */
export const REPAIR_LEASE = 'fairlead-agent-repair'

const LOOK_EVERY_MS = 500
const RENEW_EVERY_MS = 2_000
/** Who does not ask any more has given up, or has restarted the runtime. */
const ASKED_FOR_MS = 10_000
/** A runtime that has not come back by then is a case for others than the next node. */
const RECOVERY_MS = 300_000
const CALL_TIMEOUT_MS = 5_000
const NO_ANSWER = 'the API server does not answer'
/** The API server cannot be asked at all. */
const SILENT_MS = 30_000
/** A Node has 20 kB; the agent's memory is small. */
const PAGE = 50

/**
 * One node at a time, by a Lease that is held until the runtime is Ready again, and only where enough others
 * are healthy. Makes it; it asks the API server for nothing before somebody asks it.
 */
export function restartPermit(world: PermitWorld): RestartPermit {
  const { nodeName, namespace, clock, wallMs, onError } = world
  let askedMs = Number.NEGATIVE_INFINITY
  let beganToAskMs = 0
  let refused: string | undefined = NO_ANSWER
  let grantedUntilMs = Number.NEGATIVE_INFINITY
  const pause = (ms: number, signal: AbortSignal) => clock.sleep(ms, signal).catch(() => undefined)

  /** Tries to get it, and to keep it, for as long as it is asked for. */
  const seek = async (api: PermitApi, signal: AbortSignal): Promise<void> => {
    const claim = leaseClaim(
      { namespace, name: REPAIR_LEASE, identity: nodeName },
      { api, clock, wallMs },
    )
    let isGranted = false
    const isWanted = () => clock.now() - askedMs < ASKED_FOR_MS
    const recovers = () => isGranted && !world.isReady() && clock.now() - askedMs < RECOVERY_MS
    while (!signal.aborted && (isWanted() || recovers())) {
      const attempt = await claim.attempt(signal)
      if (attempt.kind === 'failed') away(attempt.error, 'the Lease for repairs')
      else if (attempt.kind === 'taken') refused = `node ${attempt.holder} is repaired now`
      else {
        // Who has begun goes on: the own node counts as one that is not healthy either way.
        refused = isGranted ? undefined : await tooFew(api, signal)
        isGranted ||= refused === undefined
        grantedUntilMs = claim.heldUntilMs()
      }
      await pause(RENEW_EVERY_MS, signal)
    }
    refused = NO_ANSWER
    await claim.release()
  }

  const away = (error: KubeError, what: string): void => {
    onError(what, error)
    const isAway = AWAY.has(error.reason)
    const mayDo = isAway && world.withoutApiServer === 'restart'
    refused = mayDo ? undefined : `the API server cannot be asked: ${error.message}`
    if (mayDo) grantedUntilMs = clock.now() + ASKED_FOR_MS
  }

  /** Why the cluster does not bear it; undefined where it does. */
  const tooFew = async (api: PermitApi, signal: AbortSignal): Promise<string | undefined> => {
    const health = await countNodes(api, nodeName, signal)
    if (!health.ok) {
      away(health.error, 'the Nodes')
      return refused
    }
    const { healthy, all } = health.value
    const wanted = wantedOf(world.minHealthy, all)
    return healthy >= wanted
      ? undefined
      : `${healthy} of ${all} nodes are healthy, and ${wanted} must be`
  }

  return {
    leave: () => {
      const nowMs = clock.now()
      if (nowMs - askedMs >= ASKED_FOR_MS) beganToAskMs = nowMs
      askedMs = nowMs
      if (refused === NO_ANSWER) {
        if (nowMs - beganToAskMs < SILENT_MS) return { kind: 'asked' }
        if (world.withoutApiServer === 'restart') return { kind: 'granted' }
      }
      if (refused !== undefined) return { kind: 'refused', why: refused }
      return { kind: nowMs < grantedUntilMs ? 'granted' : 'asked' }
    },
    run: async (api, signal) => {
      while (!signal.aborted) {
        if (clock.now() - askedMs < ASKED_FOR_MS) await seek(api, signal)
        else await pause(LOOK_EVERY_MS, signal)
      }
    },
  }
}

/** The API server is not there, as opposed to one that says no. */
const AWAY: ReadonlySet<KubeError['reason']> = new Set([
  'unreachable',
  'deadline',
  'server-error',
  'throttled',
])

function wantedOf(minHealthy: MinHealthy, all: number): number {
  return typeof minHealthy === 'number'
    ? minHealthy
    : Math.ceil((Number.parseFloat(minHealthy) / 100) * all)
}

const nodeSchema = z.object({
  status: z.object({ conditions: nodeConditions }),
})

/** Ready, and not said by its agent to be without a network. */
function isHealthy(node: KubeObject): boolean {
  const conditions = nodeSchema.safeParse(node).data?.status.conditions ?? []
  const has = (type: string, status: string) =>
    conditions.some((condition) => condition.type === type && condition.status === status)
  return has('Ready', 'True') && !has(CONDITION_TYPE, 'False')
}

/** How many other nodes are healthy, of all. */
async function countNodes(
  api: Pick<KubeApi, 'list'>,
  nodeName: string,
  signal: AbortSignal,
): Promise<KubeResult<{ readonly healthy: number; readonly all: number }>> {
  let page: string | undefined
  let healthy = 0
  let all = 0
  do {
    const query = { limit: PAGE, ...(page !== undefined && { continue: page }) }
    const list = await api.list(NODES, query, { timeoutMs: CALL_TIMEOUT_MS, signal })
    if (!list.ok) return list
    const { items } = list.value
    all += items.length
    healthy += items.filter((node) => node.metadata.name !== nodeName && isHealthy(node)).length
    page = list.value.continue
  } while (page !== undefined)
  return { ok: true, value: { healthy, all } }
}
