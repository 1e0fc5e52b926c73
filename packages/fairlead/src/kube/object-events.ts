import type { Clock } from '../ports.ts'
import type { KubeApi, KubeError, KubeObject } from './api.ts'
import { kubeTime } from './kube-time.ts'
import { EVENTS } from './resources.ts'

/** What an Event says. */
export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning'
  /** In CamelCase, for programs. */
  readonly reason: string
  readonly message: string
}

/** What an Event is about: an object that is in no namespace. */
export interface InvolvedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** Writes Events, in the background. */
export interface ObjectEvents {
  /** Takes an event at once. */
  readonly tell: (about: InvolvedObject, event: ObjectEvent) => void
  readonly run: (api: Pick<KubeApi, 'create'>, signal: AbortSignal) => Promise<void>
}

/** Beyond that the oldest that could not be written go. */
const QUEUE_MAX = 50
/** Longer messages are cut by nobody but shown by few (events.k8s.io/v1 allows 1 kB). */
const MESSAGE_MAX = 1_000
/** Events of an object that is in no namespace are in this one (client-go's recorder). */
const NAMESPACE = 'default'
/** It has been written, by a call whose answer was lost, or never can be. */
const DONE: ReadonlySet<KubeError['reason']> = new Set(['already-exists', 'invalid'])
const RETRY_MS = 5_000
const CALL_TIMEOUT_MS = 10_000

/** A Node, as kubectl describe node looks for its Events: by this uid, as kubelet writes it, beside the real one. */
export function involvedNode(name: string): InvolvedObject {
  return { apiVersion: 'v1', kind: 'Node', name, uid: name }
}

/** Makes it; `run` writes what was told, in its order, each once. */
export function objectEvents(world: {
  readonly component: string
  /** Which one of the component. */
  readonly instance: string
  readonly queueMax?: number
  readonly clock: Clock
  readonly wallMs: () => number
  readonly onError: (what: string, error: KubeError) => void
}): ObjectEvents {
  const { queueMax = QUEUE_MAX, clock, wallMs, onError } = world
  let queue: readonly KubeObject[] = []
  let count = 0
  let wake = () => {}
  return {
    tell: (about, event) => {
      // The name is given here: one that is written again after a lost answer is found to exist.
      const name = `${about.name}.${wallMs().toString(16)}${(count++).toString(16).padStart(4, '0')}`
      const at = kubeTime(wallMs())
      queue = [...queue, eventObject(about, event, { ...world, name, at })].slice(-queueMax)
      wake()
    },
    run: async (api, signal) => {
      signal.addEventListener('abort', () => wake(), { once: true })
      while (!signal.aborted) {
        const [next] = queue
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
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
  { apiVersion, kind, name: about, uid }: InvolvedObject,
  { type, reason, message }: ObjectEvent,
  made: {
    readonly component: string
    readonly instance: string
    readonly name: string
    readonly at: string
  },
): KubeObject {
  const { component, instance, name, at } = made
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: NAMESPACE },
    involvedObject: { apiVersion, kind, name: about, uid },
    type,
    reason,
    message: message.length > MESSAGE_MAX ? `${message.slice(0, MESSAGE_MAX - 3)}...` : message,
    source: { component, host: instance },
    reportingComponent: component,
    reportingInstance: instance,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  }
}
