import type { Random } from '../random.ts'
import type { Clock } from '../ports.ts'
import type { KubeApi, KubeError, KubeObject, Resource, Selection, WatchEvent } from './api.ts'
import { backOff } from './back-off.ts'
import { keyOf } from './resources.ts'

/** What a reflector tells. */
export type ReflectorEvent =
  /** An object came or changed. */
  | { readonly type: 'changed'; readonly key: string; readonly object: KubeObject }
  /** It is no more; as it was last seen. */
  | { readonly type: 'removed'; readonly key: string; readonly object: KubeObject }
  /** All that is there has been told. */
  | { readonly type: 'synced' }
  /** The API server cannot be asked; it is tried again. */
  | { readonly type: 'failed'; readonly error: KubeError; readonly retryInMs: number }

/** The objects of a selection, kept as the API server has them. */
export interface Reflector {
  /** Keeps them until `signal` is aborted. Once. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** By name, or namespace and name. */
  readonly objects: () => ReadonlyMap<string, KubeObject>
  /** Whether they have been listed once. */
  readonly isSynced: () => boolean
}

/** What a reflector works with. */
export interface ReflectorWorld {
  readonly api: Pick<KubeApi, 'list' | 'watch'>
  readonly clock: Clock
  /** For the jitter: many clients must not come back at once. */
  readonly random: Random
  readonly onEvent: (event: ReflectorEvent) => void
  /** What is kept of an object, and told; all of it if not given. A Node has 20 kB, most of it names of images. */
  readonly trim?: (object: KubeObject) => KubeObject
}

const PAGE = 500
const LIST_TIMEOUT_MS = 60_000
/** A watch that ends sooner, with nothing to tell, is not begun again at once. */
const SHORT_WATCH_MS = 1_000

/**
 * Makes a reflector: lists, then watches from there; a watch that ends is begun again where it was, one that is
 * `gone` lists again. Whatever fails is tried again after 0.8 s and up to 30 s, as client-go does.
 */
export function createReflector(
  resource: Resource,
  selection: Selection,
  { api, clock, random, onEvent, trim = (object) => object }: ReflectorWorld,
): Reflector {
  const objects = new Map<string, KubeObject>()
  const retry = backOff({ clock, random })
  let isSynced = false
  // Where pages grow too old while they are read, all of it is asked for at once.
  let limit: { readonly limit?: number } = { limit: PAGE }

  const fail = async (failure: KubeError, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return
    const retryInMs = retry.nextMs(failure.retryAfterMs)
    onEvent({ type: 'failed', error: failure, retryInMs })
    await clock.sleep(retryInMs, signal).catch(() => undefined)
  }

  /** The resourceVersion to watch from; undefined where it has to be tried again. */
  const list = async (signal: AbortSignal): Promise<string | undefined> => {
    const found = new Map<string, KubeObject>()
    let page: string | undefined
    let resourceVersion: string
    do {
      const query = { ...selection, ...limit, ...(page !== undefined && { continue: page }) }
      const result = await api.list(resource, query, { timeoutMs: LIST_TIMEOUT_MS, signal })
      if (!result.ok) {
        if (result.error.reason === 'gone') limit = {}
        await fail(result.error, signal)
        return undefined
      }
      for (const object of result.value.items) found.set(keyOf(object), trim(object))
      page = result.value.continue
      ;({ resourceVersion } = result.value)
    } while (page !== undefined)
    for (const [key, object] of objects) {
      if (!found.has(key)) remove(key, object)
    }
    for (const [key, object] of found) change(key, object)
    limit = { limit: PAGE }
    isSynced = true
    onEvent({ type: 'synced' })
    return resourceVersion
  }

  const change = (key: string, object: KubeObject): void => {
    if (objects.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion) return
    objects.set(key, object)
    onEvent({ type: 'changed', key, object })
  }

  const remove = (key: string, object: KubeObject): void => {
    if (objects.delete(key)) onEvent({ type: 'removed', key, object })
  }

  const apply = (event: Exclude<WatchEvent, { type: 'failed' }>): string | undefined => {
    if (event.type === 'bookmark') return event.resourceVersion
    const key = keyOf(event.object)
    if (event.type === 'deleted') remove(key, event.object)
    else change(key, trim(event.object))
    return event.object.metadata.resourceVersion
  }

  /** Where to go on; undefined where it has to be listed again. */
  const watch = async (from: string, signal: AbortSignal): Promise<string | undefined> => {
    const beganMs = clock.now()
    let at = from
    for await (const event of api.watch(resource, { ...selection, resourceVersion: at }, signal)) {
      if (event.type === 'failed') {
        if (event.error.reason !== 'gone') {
          await fail(event.error, signal)
          return at
        }
        await clock.sleep(retry.nextMs(), signal).catch(() => undefined)
        return undefined
      }
      retry.reset()
      at = apply(event) ?? at
    }
    const isShort = clock.now() - beganMs < SHORT_WATCH_MS && at === from
    if (isShort) await clock.sleep(SHORT_WATCH_MS, signal).catch(() => undefined)
    return at
  }

  return {
    run: async (signal) => {
      let from: string | undefined
      while (!signal.aborted) {
        from = from === undefined ? await list(signal) : await watch(from, signal)
      }
    },
    objects: () => objects,
    isSynced: () => isSynced,
  }
}
