import type { KubeObject, Resource } from '../../packages/fairlead/src/kube/api.ts'
import type { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'

/** A write to the API, in the order of the API. Of the kind `Controller`: one that begins to work. */
export interface Change {
  readonly kind: string
  readonly name: string
  /** Undefined where it was deleted, or is none. */
  readonly object: KubeObject | undefined
}

/** Tells of every write to the API, at once, and whatever becomes of watches. */
export function onWrite(server: MemoryApiServer, tell: (change: Change) => void): void {
  const { store } = server
  const put = store.put.bind(store)
  const remove = store.remove.bind(store)
  store.put = (resource: Resource, object: KubeObject) => {
    const after = put(resource, object)
    tell({ kind: resource.kind, name: object.metadata.name, object: after })
    return after
  }
  store.remove = (resource: Resource, object: KubeObject) => {
    remove(resource, object)
    tell({ kind: resource.kind, name: object.metadata.name, object: undefined })
  }
}
