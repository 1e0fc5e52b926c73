import { kubeTime } from '../../kube/kube-time.ts'
import { z } from 'zod'
import type { KubeApi, KubeError } from '../../kube/api.ts'
import { nodeConditions } from '../../kube/node-conditions.ts'
import { NODES } from '../../kube/resources.ts'
import type { Clock } from '../../ports.ts'
import type { Condition } from './condition.ts'

/** The type of the condition that an agent keeps on its Node. */
export const CONDITION_TYPE = 'FairleadNetworkReady'

const nodeSchema = z.object({
  status: z.object({ conditions: nodeConditions }).default({ conditions: [] }),
})

/** What keeping the condition takes. */
export interface NodeConditionWorld {
  readonly api: Pick<KubeApi, 'get' | 'patch'>
  readonly nodeName: string
  readonly clock: Clock
  readonly wallMs: () => number
  readonly condition: () => Promise<Condition>
  /** Between two writes of a condition that stays. */
  readonly heartbeatMs: number
  readonly onError: (what: string, error: KubeError) => void
}

const LOOK_EVERY_MS = 1_000
/** A message that changes often is not worth a write each time. */
const MESSAGE_EVERY_MS = 30_000
const RETRY_MS = 5_000
const CALL_TIMEOUT_MS = 10_000
/** An agent that has just started does not take back what it had said before it looked. */
const UNKNOWN_AFTER_MS = 30_000

/**
 * Writes the condition into the Node's status whenever it changes, and else at each heartbeat, until `signal` is
 * aborted. It stays when the agent ends: that it is not renewed shows in its heartbeat.
 */
export async function keepNodeCondition(
  world: NodeConditionWorld,
  signal: AbortSignal,
): Promise<void> {
  const { api, nodeName, clock, condition, onError } = world
  const beganMs = clock.now()
  const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
  const pause = (ms: number) => clock.sleep(ms, signal).catch(() => undefined)
  let before: Known | undefined
  let writtenMs = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    const next = await condition()
    const isEarly = next.status === 'Unknown' && clock.now() - beganMs < UNKNOWN_AFTER_MS
    if (isEarly || clock.now() - writtenMs < restMs(before?.condition, next, world)) {
      await pause(LOOK_EVERY_MS)
      continue
    }
    const at = kubeTime(world.wallMs())
    const known = before ?? (await knownOf(api, nodeName, call, onError))
    if (known === undefined) {
      await pause(RETRY_MS)
      continue
    }
    const transitionTime = known.status === next.status ? (known.transitionTime ?? at) : at
    const entry = {
      type: CONDITION_TYPE,
      ...next,
      lastHeartbeatTime: at,
      lastTransitionTime: transitionTime,
    }
    const options = { ...call, kind: 'strategic', subresource: 'status' } as const
    const ref = { resource: NODES, name: nodeName }
    const result = await api.patch(ref, { status: { conditions: [entry] } }, options)
    if (result.ok) {
      before = { status: next.status, transitionTime, condition: next }
      writtenMs = clock.now()
    } else {
      onError('the condition of the Node', result.error)
      await pause(Math.max(RETRY_MS, result.error.retryAfterMs ?? 0))
    }
  }
}

/** What the Node says, or the agent has written last. */
interface Known {
  readonly status?: string
  readonly transitionTime?: string | null | undefined
  readonly condition?: Condition
}

/** The condition as it stands on the Node: an agent that starts again is no transition. */
async function knownOf(
  api: Pick<KubeApi, 'get'>,
  nodeName: string,
  call: { readonly timeoutMs: number; readonly signal: AbortSignal },
  onError: NodeConditionWorld['onError'],
): Promise<Known | undefined> {
  const node = await api.get({ resource: NODES, name: nodeName }, call)
  if (!node.ok) {
    onError('the Node', node.error)
    return undefined
  }
  const { conditions } = nodeSchema.parse(node.value).status
  const found = conditions.find(({ type }) => type === CONDITION_TYPE)
  return found === undefined
    ? {}
    : { status: found.status, transitionTime: found.lastTransitionTime }
}

/** How long what was written may stand. */
function restMs(
  written: Condition | undefined,
  { status, reason, message }: Condition,
  { heartbeatMs }: Pick<NodeConditionWorld, 'heartbeatMs'>,
): number {
  if (written?.status !== status || written.reason !== reason) return 0
  return written.message === message ? heartbeatMs : Math.min(heartbeatMs, MESSAGE_EVERY_MS)
}
