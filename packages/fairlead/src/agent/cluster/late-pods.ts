import { z } from 'zod'
import { newSeed, randomOf } from '../../random.ts'
import type { KubeApi, KubeError, KubeObject } from '../../kube/api.ts'
import { missingNetworks, networkAnnotations } from '../../kube/missing-networks.ts'
import { createReflector } from '../../kube/reflector.ts'
import { PODS } from '../../kube/resources.ts'
import type { Clock } from '../../ports.ts'

/** A pod that runs without a network that it asks for. */
export interface LatePod {
  readonly namespace: string
  readonly name: string
  /** By namespace and name. */
  readonly missing: readonly string[]
}

type LatePodsApi = Pick<KubeApi, 'list' | 'watch' | 'evict'>

/** Watches the pods of the node for those that were started too early. */
export interface LatePods {
  readonly list: () => readonly LatePod[]
  readonly run: (api: LatePodsApi, signal: AbortSignal) => Promise<void>
}

/** What the watch works with. */
export interface LatePodsWorld {
  readonly nodeName: string
  /** Whether they are made anew where a controller owns them, one at a time, and how seldom. */
  readonly recreate: 'no' | 'owned'
  readonly everyMs: number
  /** Since when all networks have been ready, in ms since 1970; undefined where they are not. */
  readonly networksReadySinceMs: () => number | undefined
  readonly clock: Clock
  readonly wallMs: () => number
  readonly onEvicted: (pod: LatePod) => void
  readonly onError: (what: string, error: KubeError) => void
}

const LOOK_EVERY_MS = 1_000
/** Multus writes what it has attached after the attachment. */
const ATTACHING_MS = 30_000
const CALL_TIMEOUT_MS = 10_000

const podSchema = z.object({
  spec: z.object({ hostNetwork: z.boolean().optional() }).default({}),
  status: z.object({ phase: z.string().optional(), startTime: z.string().optional() }).default({}),
})

/**
 * Makes it. Only a pod that was started before all networks were ready is recreated: one that lacks a network for
 * another reason would lack it again.
 */
export function latePods(world: LatePodsWorld): LatePods {
  const { nodeName, clock, wallMs, onError } = world
  let late: readonly (LatePod & { readonly pod: KubeObject })[] = []
  let evictedMs = -Infinity
  let tried = new Map<string, number>()

  // One that a disruption budget holds back must not keep the others.
  const triedMs = ({ metadata }: KubeObject) => tried.get(metadata.uid ?? '') ?? -Infinity

  const evictOne = async (api: LatePodsApi, signal: AbortSignal): Promise<void> => {
    const readySinceMs = world.networksReadySinceMs()
    if (readySinceMs === undefined || clock.now() - evictedMs < world.everyMs) return
    const [next] = late
      .filter(({ pod }) => isOwned(pod) && startedMs(pod) < readySinceMs)
      .sort((one, other) => triedMs(one.pod) - triedMs(other.pod))
    if (next === undefined) return
    evictedMs = clock.now()
    const { uid = '' } = next.pod.metadata
    tried.set(uid, evictedMs)
    const { namespace, name } = next
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
    const result = await api.evict({ namespace, name, uid }, call)
    if (result.ok) world.onEvicted({ namespace, name, missing: next.missing })
    else onError(`the eviction of pod ${namespace}/${name}`, result.error)
  }

  return {
    list: () => late.map(({ namespace, name, missing }) => ({ namespace, name, missing })),
    run: async (api, signal) => {
      const reflector = createReflector(
        PODS,
        { fieldSelector: `spec.nodeName=${nodeName}` },
        {
          api,
          trim: trimmed,
          clock,
          random: randomOf(newSeed()),
          onEvent: (event) => {
            if (event.type === 'failed') onError('the pods of the node', event.error)
          },
        },
      )
      const watching = reflector.run(signal)
      while (!signal.aborted) {
        late = lateOf([...reflector.objects().values()], wallMs())
        const uids = new Set(late.map(({ pod }) => pod.metadata.uid))
        tried = new Map([...tried].filter(([uid]) => uids.has(uid)))
        if (world.recreate === 'owned') await evictOne(api, signal)
        await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
      }
      await watching
    },
  }
}

/** Those of the pods that run without a network that they ask for. */
function lateOf(pods: readonly KubeObject[], nowMs: number) {
  return pods.flatMap((pod) => {
    const { spec, status } = podSchema.safeParse(pod).data ?? { spec: {}, status: {} }
    const { name, namespace = '', deletionTimestamp } = pod.metadata
    const runs = status.phase === 'Running' && deletionTimestamp === undefined
    if (!runs || spec.hostNetwork === true || nowMs - startedMs(pod) < ATTACHING_MS) return []
    const missing = missingNetworks(pod.metadata)
    return missing.length === 0 ? [] : [{ namespace, name, missing, pod }]
  })
}

/** What of a pod is looked at; the rest would be most of what the agent keeps in memory. */
function trimmed(pod: KubeObject): KubeObject {
  const { spec, status } = podSchema.safeParse(pod).data ?? {}
  const { annotations: _, managedFields: _fields, ...metadata } = pod.metadata
  return { ...pod, metadata: { ...metadata, annotations: networkAnnotations(pod) }, spec, status }
}

/** When kubelet began with it. */
function startedMs(pod: KubeObject): number {
  const startTime = podSchema.safeParse(pod).data?.status.startTime
  return Date.parse(startTime ?? pod.metadata.creationTimestamp ?? '')
}

/** Whether somebody makes it anew. A static pod is owned by its Node, and would not be. */
function isOwned({ metadata }: KubeObject): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  return owner !== undefined && owner.kind !== 'Node'
}
