/** An object of the API server. What is in `spec` and `status` is for the caller to parse. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
  readonly [field: string]: unknown
}

/** What every object says of itself. What the server adds is not there before it is created. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
  readonly [field: string]: unknown
}

/** An object that another one belongs to. */
interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** A kind of object, as the paths of the API server name it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Whether it has a status subresource. */
  readonly status: boolean
}

/** One object. */
export interface ObjectRef {
  readonly resource: Resource
  /** Only of a namespaced resource. */
  readonly namespace?: string
  readonly name: string
}

/** Which objects. */
export interface Selection {
  /** All namespaces if not given. */
  readonly namespace?: string
  /** `app=web,tier!=db` */
  readonly labelSelector?: string
  /** `spec.nodeName=n1` */
  readonly fieldSelector?: string
}

/** Which page of a list. */
export interface Page {
  readonly limit?: number
  /** From the page before. */
  readonly continue?: string
}

/** A list, or a page of one. */
interface KubeList {
  readonly items: readonly KubeObject[]
  /** The state that it shows; a watch goes on from here. */
  readonly resourceVersion: string
  /** The next page, where there is one. */
  readonly continue?: string
}

/** Something that a watch tells. */
export type WatchEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubeObject }
  /** Nothing has changed up to here. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  /** The last one: why the watch ends. One that ends without has come to the end of its time. */
  | { readonly type: 'failed'; readonly error: KubeError }

/** Why the API server did not do what it was asked. */
export interface KubeError {
  readonly reason:
    | 'not-found'
    | 'already-exists'
    /** Somebody else has changed the object since it was read. */
    | 'conflict'
    /** RBAC does not allow it. */
    | 'forbidden'
    | 'unauthorized'
    /** The request is wrong. */
    | 'invalid'
    /** The resourceVersion or page is too old: list again. */
    | 'gone'
    /** Too many requests. */
    | 'throttled'
    /** A PodDisruptionBudget does not let the pod go now. */
    | 'disruption-budget'
    /** The API server failed. */
    | 'server-error'
    /** No connection, or it ended before the answer: what was asked may have been done. */
    | 'unreachable'
    /** As `unreachable`: no answer within the call's deadline. */
    | 'deadline'
    /** The caller gave up. */
    | 'aborted'
  readonly message: string
  /** When the server would have it asked again. */
  readonly retryAfterMs?: number
}

/** What a call came to. */
export type KubeResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: KubeError }

/** What every call has. */
export interface CallOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/**
 * How a patch is merged. `merge` (RFC 7386) replaces lists; `strategic` merges those of Kubernetes' own kinds
 * that have a key, such as conditions. With a `metadata.resourceVersion` in it, it applies to that state only.
 */
export type PatchKind = 'merge' | 'strategic'

/** The part of an object that a write is for: all but the status, or the status alone. */
export type Subresource = 'status'

/** The API server. Whatever it refuses, and that it cannot be reached, comes back as a value. */
export interface KubeApi {
  readonly get: (ref: ObjectRef, call: CallOptions) => Promise<KubeResult<KubeObject>>
  readonly list: (
    resource: Resource,
    query: Selection & Page,
    call: CallOptions,
  ) => Promise<KubeResult<KubeList>>
  /**
   * What changes after `resourceVersion`, with bookmarks, until the server ends it, it fails or `signal` is
   * aborted.
   */
  readonly watch: (
    resource: Resource,
    query: Selection & { readonly resourceVersion: string },
    signal: AbortSignal,
  ) => AsyncIterable<WatchEvent>
  readonly create: (
    resource: Resource,
    object: KubeObject,
    call: CallOptions,
  ) => Promise<KubeResult<KubeObject>>
  /** Writes an object that was read; `conflict` where it has been changed since. */
  readonly replace: (
    resource: Resource,
    object: KubeObject,
    call: CallOptions & { readonly subresource?: Subresource },
  ) => Promise<KubeResult<KubeObject>>
  readonly patch: (
    ref: ObjectRef,
    patch: Readonly<Record<string, unknown>>,
    call: CallOptions & { readonly kind: PatchKind; readonly subresource?: Subresource },
  ) => Promise<KubeResult<KubeObject>>
  readonly delete: (
    ref: ObjectRef,
    call: CallOptions & {
      /** Only the object of this uid, not its successor of the same name. */
      readonly uid?: string
      readonly gracePeriodSeconds?: number
    },
  ) => Promise<KubeResult<undefined>>
  /** Deletes a pod where the disruption budgets allow it. */
  readonly evict: (
    pod: { readonly namespace: string; readonly name: string; readonly uid?: string },
    call: CallOptions,
  ) => Promise<KubeResult<undefined>>
}
