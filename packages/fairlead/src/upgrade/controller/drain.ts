import { z } from 'zod'
import type { KubeApi, KubeObject } from '../../kube/api.ts'
import { keyOf, PODS } from '../../kube/resources.ts'

const CALL_TIMEOUT_MS = 10_000

const podSchema = z.object({
  spec: z.object({ nodeName: z.string().optional() }).prefault({}),
  status: z.object({ phase: z.string().default('') }).prefault({}),
})

/** How far a node's draining is: what is left on it, as a sentence; undefined when it is empty. */
export async function drainNode(
  node: string,
  api: KubeApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
  const listed = await api.list(PODS, { fieldSelector: `spec.nodeName=${node}` }, call)
  if (!listed.ok) return `its pods cannot be listed: ${listed.error.message}`
  const pods = listed.value.items.filter(mustGo)
  const held: string[] = []
  for (const pod of pods) {
    const { name, namespace = '', uid, deletionTimestamp } = pod.metadata
    if (deletionTimestamp !== undefined) continue
    const evicted = await api.evict({ namespace, name, ...(uid && { uid }) }, call)
    if (!evicted.ok && evicted.error.reason !== 'not-found') {
      held.push(`${keyOf(pod)} is not evicted: ${evicted.error.message}`)
    }
  }
  if (pods.length === 0) return undefined
  return held[0] ?? (pods.length === 1 ? 'one pod ends' : `${pods.length} pods end`)
}

/** Pods that a drain moves: not those of a DaemonSet, of the node's own files, or that have ended (kubectl drain). */
function mustGo(pod: KubeObject): boolean {
  const { annotations = {}, ownerReferences = [] } = pod.metadata
  if (annotations['kubernetes.io/config.mirror'] !== undefined) return false
  if (ownerReferences.some(({ kind, controller }) => kind === 'DaemonSet' && controller === true)) {
    return false
  }
  const phase = podSchema.safeParse(pod).data?.status.phase
  return phase !== 'Succeeded' && phase !== 'Failed'
}
