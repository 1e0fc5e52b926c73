import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Resource, Subresource } from './api.ts'
import { apiVersionOf } from './resources.ts'

/** What a write is. */
export interface WriteOptions {
  /** Now, as the API server writes times. */
  readonly at: string
  readonly newUid: () => string
  /** What a client may write; all where an object is put there as it is. */
  readonly part?: 'main' | Subresource
}

/**
 * What an API server makes of an object that is written over `before`: the parts that this request may
 * write, as they come over the wire, with what the server itself keeps.
 */
export function written(
  resource: Resource,
  before: KubeObject | undefined,
  object: Omit<KubeObject, 'apiVersion' | 'kind'>,
  { at, newUid, part }: WriteOptions,
): KubeObject {
  // As over the wire: what is undefined is not there.
  const sent = JSON.parse(JSON.stringify(object)) as KubeObject
  const { status, ...main } = sent
  const kind = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  if (before === undefined) {
    const first = part === undefined || !resource.status ? status : firstStatus(resource, status)
    const metadata = {
      ...main.metadata,
      uid: newUid(),
      creationTimestamp: at,
      ...(hasGeneration(resource) && { generation: 1 }),
    }
    return { ...main, ...kind, metadata, ...(first !== undefined && { status: first }) }
  }
  if (part === 'status') return { ...before, ...(status !== undefined && { status }) }
  const kept = resource.status ? before.status : status
  const { uid, creationTimestamp, generation, deletionTimestamp } = before.metadata
  const isChanged = !isDeepStrictEqual(desired(main), desired(before))
  const metadata = {
    ...main.metadata,
    ...(uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(generation !== undefined && { generation: generation + (isChanged ? 1 : 0) }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
  }
  return { ...main, ...kind, metadata, ...(kept !== undefined && { status: kept }) }
}

/** Nodes, leases and events have none (Kubernetes API conventions, "Metadata"). */
function hasGeneration({ group, status }: Resource): boolean {
  return group !== '' && status
}

/** What becomes of a status that an object is created with. kubelet registers its node with one. */
function firstStatus({ plural }: Resource, status: unknown): unknown {
  if (plural === 'pods') return { phase: 'Pending' }
  return plural === 'nodes' ? status : undefined
}

function desired(object: KubeObject): unknown {
  const { apiVersion: _, kind: _kind, metadata: _metadata, status: _status, ...rest } = object
  return rest
}
