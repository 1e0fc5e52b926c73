import { z } from 'zod'
import type { KubeObject } from '../../kube/api.ts'
import { nodeConditions } from '../../kube/node-conditions.ts'
import type { NodeView } from '../cluster.ts'
import { NOTE, noteOf } from '../node-contract.ts'
import type { UpgradeSpec, VersionField } from '../spec.ts'

const nodeSchema = z.object({
  spec: z.object({ unschedulable: z.boolean().default(false) }).prefault({}),
  status: z.object({ conditions: nodeConditions }).prefault({}),
})

/** A Node object as an upgrade sees it; `version` is what its executor says that it runs. */
export function viewOf(
  node: KubeObject,
  { zoneKey, canary, gates }: Pick<UpgradeSpec, 'zoneKey' | 'canary' | 'gates'>,
  version: string | undefined,
): NodeView {
  const { name, uid = '', labels = {}, annotations = {} } = node.metadata
  // A Node that is not as the API says is one that nobody calls Ready.
  const { spec, status } = nodeSchema.safeParse(node).data ?? nodeSchema.parse({})
  const condition = (type: string) => status.conditions.find((one) => one.type === type)
  const ready = condition('Ready')
  const asked = gates.flatMap(({ nodeCondition }) => nodeCondition ?? [])
  const failing = asked.find(({ type, status }) => condition(type)?.status !== status)
  const marks = ['Ready', ...asked.map(({ type }) => type)].map(
    (type) => condition(type)?.lastTransitionTime ?? '',
  )
  return {
    name,
    uid,
    ready: ready?.status === 'True',
    readyMark: marks.join(' '),
    ...(failing === undefined
      ? {}
      : { unhealthy: `has ${failing.type} ${condition(failing.type)?.status ?? 'missing'}` }),
    cordoned: spec.unschedulable,
    version,
    zone: zoneKey === undefined ? '' : (labels[zoneKey] ?? ''),
    canary: matches(labels, canary.nodeSelector),
    note: noteOf(annotations[NOTE]),
  }
}

/** A Node object without what nobody asks for and takes most of its room: the images on the node, and who wrote which field. */
export function trimmedNode(node: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = node.metadata
  const { images: __, ...status } = Object(node.status)
  return { ...node, metadata, status }
}

/** Whether labels are as a node selector asks. */
export function matches(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** What kubelet says of a version on its Node, without the name before it: `2.1.9` of `containerd://2.1.9`. */
export function nodeInfoOf(node: KubeObject, field: VersionField): string | undefined {
  return infoSchema.safeParse(node).data?.status.nodeInfo[field]?.split('://').at(-1)
}

const infoSchema = z.object({
  status: z.object({
    nodeInfo: z.object({
      containerRuntimeVersion: z.string().optional(),
      kubeletVersion: z.string().optional(),
    }),
  }),
})
