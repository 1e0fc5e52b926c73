import type { KubeApi, KubeError, KubeObject } from '../../kube/api.ts'
import { EVENTS } from '../../kube/resources.ts'
import type { Clock } from '../../ports.ts'
import { kubeTime } from './node-condition.ts'

/** What an Event on the Node says. */
export interface NodeEvent {
  readonly type: 'Normal' | 'Warning'
  /** In CamelCase, for programs. */
  readonly reason: string
  readonly message: string
}

/** Writes Events on a Node, in the background. */
export interface NodeEvents {
  /** Takes an event at once. */
  readonly tell: (event: NodeEvent) => void
  readonly run: (api: Pick<KubeApi, 'create'>, signal: AbortSignal) => Promise<void>
}

/** Beyond that the oldest that could not be written go. */
const QUEUE_MAX = 50
/** Longer messages are cut by nobody but shown by few (events.k8s.io/v1 allows 1 kB). */
const MESSAGE_MAX = 1_000
/** Events of a Node, which is in no namespace, are in this one (client-go's recorder). */
const NAMESPACE = 'default'
const COMPONENT = 'fairlead-agent'
/** It has been written, by a call whose answer was lost, or never can be. */
const DONE: ReadonlySet<KubeError['reason']> = new Set(['already-exists', 'invalid'])
const LOOK_EVERY_MS = 250
const RETRY_MS = 5_000
const CALL_TIMEOUT_MS = 10_000

/** Makes it; `run` writes what was told, in its order, each once. */
export function nodeEvents(world: {
  readonly nodeName: string
  readonly clock: Clock
  readonly wallMs: () => number
  readonly onError: (what: string, error: KubeError) => void
}): NodeEvents {
  const { nodeName, clock, wallMs, onError } = world
  let queue: readonly KubeObject[] = []
  let count = 0
  return {
    tell: (event) => {
      // The name is given here: one that is written again after a lost answer is found to exist.
      const name = `${nodeName}.${wallMs().toString(16)}${(count++).toString(16).padStart(4, '0')}`
      queue = [...queue, eventObject(event, { name, nodeName, at: kubeTime(wallMs()) })].slice(
        -QUEUE_MAX,
      )
    },
    run: async (api, signal) => {
      while (!signal.aborted) {
        const [next] = queue
        if (next === undefined) {
          await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
          continue
        }
        const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
        const result = await api.create(EVENTS, next, call)
        if (result.ok || DONE.has(result.error.reason)) {
          queue = queue.filter((other) => other !== next)
          continue
        }
        onError('an Event', result.error)
        await clock.sleep(RETRY_MS, signal).catch(() => undefined)
      }
    },
  }
}

function eventObject(
  { type, reason, message }: NodeEvent,
  { name, nodeName, at }: { readonly name: string; readonly nodeName: string; readonly at: string },
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: NAMESPACE },
    // kubectl describe node looks for this uid, as kubelet writes it, beside the real one.
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeName },
    type,
    reason,
    message: message.length > MESSAGE_MAX ? `${message.slice(0, MESSAGE_MAX - 3)}...` : message,
    source: { component: COMPONENT, host: nodeName },
    reportingComponent: COMPONENT,
    reportingInstance: nodeName,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  }
}
