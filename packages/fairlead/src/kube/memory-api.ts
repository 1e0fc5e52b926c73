import type {
  CallOptions,
  KubeApi,
  KubeError,
  KubeObject,
  KubeResult,
  ObjectRef,
  Page,
  Resource,
  Selection,
  Subresource,
  WatchEvent,
} from './api.ts'
import { budgetInTheWay } from './disruption-budget.ts'
import { callsOf, type MemoryCall, type MemoryClientOptions, refusal } from './memory-calls.ts'
import { MemoryStore } from './memory-store.ts'
import { written, type WriteOptions } from './memory-write.ts'
import { patched } from './patch.ts'
import { keyOf, PODS, shown } from './resources.ts'
import { selectorOf } from './selectors.ts'

export type { Fault, MemoryClientOptions } from './memory-calls.ts'

/** Of lists that are not read to their end, those begun last are kept. */
const PAGES_MAX = 1_000

/**
 * An API server in memory, for simulators and tests: resource versions and conflicts, generations, watches with
 * bookmarks that end `gone` after a compaction, pages, patches, the status subresource, finalizers, eviction by
 * disruption budgets, RBAC. It has no timer and no socket; the same calls come to the same state. It checks no
 * schema, and runs no controller: what kubelet or a Deployment would do is for the caller to do.
 */
export class MemoryApiServer {
  readonly store = new MemoryStore()
  readonly #wallMs: () => number
  readonly #pages = new Map<string, { readonly revision: number; rest: readonly KubeObject[] }>()
  #uids = 0
  #tokens = 0

  constructor(options: { readonly wallMs: () => number }) {
    this.#wallMs = options.wallMs
  }

  /** Puts an object there as it is, its status as well. */
  seed(resource: Resource, object: Omit<KubeObject, 'apiVersion' | 'kind'>): KubeObject {
    return this.store.put(resource, written(resource, undefined, object, this.#writing()))
  }

  client(options: MemoryClientOptions = {}): KubeApi {
    const call = callsOf(options)

    const change = (
      ref: ObjectRef,
      verb: 'update' | 'patch',
      options: CallOptions & { readonly subresource?: Subresource },
      become: (before: KubeObject) => KubeObject,
    ) =>
      call({ verb, ...ref, ...sub(options.subresource) }, options, () => {
        const before = this.#find(ref)
        if (before === undefined) return notFound(ref)
        const after = become(before)
        const { resourceVersion } = after.metadata
        if (verb === 'update' && resourceVersion === undefined) {
          return refusal('invalid', 'metadata.resourceVersion: must be specified for an update')
        }
        if (resourceVersion !== before.metadata.resourceVersion) {
          const text = `Operation cannot be fulfilled on ${shown(ref)}: the object has been modified`
          return refusal('conflict', text)
        }
        return { ok: true, value: this.#put(ref.resource, before, after, options.subresource) }
      })

    return {
      get: (ref, options) =>
        call({ verb: 'get', ...ref }, options, () => {
          const value = this.#find(ref)
          return value === undefined ? notFound(ref) : { ok: true, value }
        }),
      list: (resource, query, options) =>
        call({ verb: 'list', resource, ...within(query) }, options, () =>
          this.#list(resource, query),
        ),
      watch: (resource, query, signal) => this.#watch(resource, query, signal, call),
      create: (resource, object, options) => {
        const ref = refOf(resource, object)
        // RBAC cannot hold a create to a name: it is not known when access is decided.
        const { name: _, ...request } = ref
        return call({ verb: 'create', ...request }, options, () => {
          if (this.#find(ref) !== undefined) {
            return refusal('already-exists', `${shown(ref)} already exists`)
          }
          if (object.metadata.name === '')
            return refusal('invalid', 'metadata.name: Required value')
          return { ok: true, value: this.#put(resource, undefined, object, undefined) }
        })
      },
      replace: (resource, object, options) =>
        change(refOf(resource, object), 'update', options, () => object),
      patch: (ref, patch, options) =>
        change(ref, 'patch', options, (before) => {
          // A patch of an object is one.
          return patched(before, patch, options.kind) as KubeObject
        }),
      delete: (ref, options) =>
        call({ verb: 'delete', ...ref }, options, () => this.#delete(ref, options)),
      evict: ({ namespace, name, uid }, options) => {
        const ref = { resource: PODS, namespace, name }
        return call({ verb: 'create', subresource: 'eviction', ...ref }, options, () => {
          const pod = this.#find(ref)
          if (pod === undefined) return notFound(ref)
          const budget = budgetInTheWay(this.store, pod)
          if (budget !== undefined) {
            const text = `Cannot evict pod as it would violate the pod's disruption budget ${budget}.`
            return refusal('disruption-budget', text)
          }
          return this.#delete(ref, uid === undefined ? {} : { uid })
        })
      },
    }
  }

  #find({ resource, namespace, name }: ObjectRef): KubeObject | undefined {
    const metadata = namespace === undefined ? { name } : { name, namespace }
    return this.store.objects(resource).get(keyOf({ metadata }))
  }

  #writing(): Pick<WriteOptions, 'at' | 'newUid'> {
    return {
      at: new Date(this.#wallMs()).toISOString().replace(/\.\d+Z$/, 'Z'),
      newUid: () => `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, '0')}`,
    }
  }

  #put(
    resource: Resource,
    before: KubeObject | undefined,
    object: KubeObject,
    subresource: Subresource | undefined,
  ): KubeObject {
    const options = { ...this.#writing(), part: subresource ?? 'main' } as const
    const after = written(resource, before, object, options)
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return before
    const { deletionTimestamp, finalizers = [] } = after.metadata
    if (deletionTimestamp !== undefined && finalizers.length === 0 && resource.plural !== 'pods') {
      this.store.remove(resource, after)
      return after
    }
    return this.store.put(resource, after)
  }

  #delete(
    ref: ObjectRef,
    { uid, gracePeriodSeconds }: { readonly uid?: string; readonly gracePeriodSeconds?: number },
  ): KubeResult<undefined> {
    const object = this.#find(ref)
    if (object === undefined) return notFound(ref)
    const { metadata } = object
    if (uid !== undefined && uid !== metadata.uid) {
      return refusal(
        'conflict',
        `the UID in the precondition (${uid}) is not that of ${shown(ref)}`,
      )
    }
    // A pod that is on a node ends there first: its kubelet deletes it without a grace period.
    const spec = object.spec as { readonly nodeName?: unknown } | undefined
    const isRunning =
      ref.resource.plural === 'pods' && spec?.nodeName !== undefined && gracePeriodSeconds !== 0
    if (isRunning || (metadata.finalizers ?? []).length > 0) {
      const deletionTimestamp = metadata.deletionTimestamp ?? this.#writing().at
      if (metadata.deletionTimestamp === undefined) {
        this.store.put(ref.resource, { ...object, metadata: { ...metadata, deletionTimestamp } })
      }
    } else this.store.remove(ref.resource, object)
    return { ok: true, value: undefined }
  }

  #list(
    resource: Resource,
    query: Selection & Page,
  ): KubeResult<{ items: readonly KubeObject[]; resourceVersion: string; continue?: string }> {
    const selector = selectorOf(resource.plural, query)
    if (!selector.ok) return refusal('invalid', selector.problem)
    const page = query.continue === undefined ? undefined : this.#pages.get(query.continue)
    if (query.continue !== undefined) this.#pages.delete(query.continue)
    const isOld = query.continue !== undefined && (page?.revision ?? -1) < this.store.compacted
    if (isOld) return refusal('gone', 'The provided continue parameter is too old')
    const all =
      page?.rest ??
      [...this.store.objects(resource).values()]
        .filter((object) => selector.matches(object))
        .sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
    const revision = page?.revision ?? this.store.revision
    const { limit = all.length } = query
    const list = { items: all.slice(0, limit), resourceVersion: String(revision) }
    if (limit === 0 || limit >= all.length) return { ok: true, value: { ...list, items: all } }
    const token = String(++this.#tokens)
    this.#pages.set(token, { revision, rest: all.slice(limit) })
    this.#pages.delete(String(this.#tokens - PAGES_MAX))
    return { ok: true, value: { ...list, continue: token } }
  }

  async *#watch(
    resource: Resource,
    query: Selection & { readonly resourceVersion: string },
    signal: AbortSignal,
    call: MemoryCall,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const options = { timeoutMs: Number.POSITIVE_INFINITY, signal }
    const begun = await call({ verb: 'watch', resource, ...within(query) }, options, () => {
      const selector = selectorOf(resource.plural, query)
      if (!selector.ok) return refusal('invalid', selector.problem)
      const revision = Number(query.resourceVersion)
      return { ok: true, value: { revision, matches: selector.matches } }
    })
    if (begun.ok) yield* this.store.watch(resource, begun.value, signal)
    else if (begun.error.reason !== 'aborted') yield { type: 'failed', error: begun.error }
  }
}

function refOf(resource: Resource, { metadata }: KubeObject): ObjectRef {
  const { name } = metadata
  return { resource, name, ...within(metadata) }
}

function within({ namespace }: Selection): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace }
}

function sub(subresource: Subresource | undefined): { readonly subresource?: Subresource } {
  return subresource === undefined ? {} : { subresource }
}

function notFound(ref: ObjectRef): { ok: false; error: KubeError } {
  return refusal('not-found', `${shown(ref)} not found`)
}
