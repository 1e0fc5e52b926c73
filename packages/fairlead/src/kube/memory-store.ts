import type { KubeError, KubeObject, Resource, WatchEvent } from './api.ts'
import { keyOf, pathOf } from './resources.ts'

/** One write: an object as it was before and is after; undefined where it was not, or is no more. */
interface Change {
  readonly revision: number
  readonly before: KubeObject | undefined
  readonly after: KubeObject | undefined
}

/** The objects of one resource and what has become of them. */
interface Table {
  readonly objects: Map<string, KubeObject>
  changes: Change[]
}

/** A watcher is told that nothing has changed after so many writes to other things. */
const BOOKMARK_EVERY = 100
/** Older changes are forgotten; a watch that would begin there is told `gone`. */
const CHANGES_MAX = 10_000

/**
 * Objects by resource, each write a revision of the whole, with a history to watch: what etcd and the watch
 * cache are to an API server. Objects are values: a write puts another one in its place.
 */
export class MemoryStore {
  readonly #tables = new Map<string, Table>()
  readonly #watchers = new Set<() => void>()
  #revision = 0
  #compacted = 0
  /** Watches that began in an earlier epoch end. */
  #epoch = 0
  #end: KubeError | undefined

  get revision(): number {
    return this.#revision
  }

  /** Revisions below this have no history any more. */
  get compacted(): number {
    return this.#compacted
  }

  objects(resource: Resource): ReadonlyMap<string, KubeObject> {
    return this.#table(resource).objects
  }

  /** Puts an object in the place of what has its name, with the next revision as its resourceVersion. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const { objects, changes } = this.#table(resource)
    const revision = ++this.#revision
    const after = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    }
    const before = objects.get(keyOf(after))
    objects.set(keyOf(after), after)
    changes.push({ revision, before, after })
    this.#written(changes)
    return after
  }

  remove(resource: Resource, object: KubeObject): void {
    const { objects, changes } = this.#table(resource)
    const revision = ++this.#revision
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    objects.delete(keyOf(object))
    changes.push({ revision, before: { ...object, metadata }, after: undefined })
    this.#written(changes)
  }

  /** Forgets the history up to now. */
  compact(): void {
    this.#compacted = this.#revision
    for (const table of this.#tables.values()) table.changes = []
    this.#wake()
  }

  /** Ends every watch: with a failure, or as one whose time is over. */
  endWatches(error?: KubeError): void {
    this.#epoch++
    this.#end = error
    this.#wake()
  }

  /** What is written to `matches` from `revision` on; each watcher reads the history at its own pace. */
  async *watch(
    resource: Resource,
    from: { readonly revision: number; readonly matches: (object: KubeObject) => boolean },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const epoch = this.#epoch
    let { revision } = from
    let told = revision
    while (!signal.aborted) {
      if (this.#epoch !== epoch) {
        if (this.#end !== undefined) yield { type: 'failed', error: this.#end }
        return
      }
      if (revision < this.#compacted) {
        yield { type: 'failed', error: { reason: 'gone', message: 'too old resource version' } }
        return
      }
      const change = this.#next(resource, revision)
      if (change !== undefined) {
        ;({ revision } = change)
        const event = eventOf(change, from.matches)
        if (event === undefined) continue
        told = revision
        yield event
        continue
      }
      revision = this.#revision
      if (revision - told >= BOOKMARK_EVERY) {
        told = revision
        yield { type: 'bookmark', resourceVersion: String(revision) }
        continue
      }
      await this.#changed(signal)
    }
  }

  #table(resource: Resource): Table {
    const path = pathOf(resource)
    const table = this.#tables.get(path) ?? { objects: new Map(), changes: [] }
    this.#tables.set(path, table)
    return table
  }

  /** The first change after a revision. */
  #next(resource: Resource, revision: number): Change | undefined {
    const { changes } = this.#table(resource)
    let low = 0
    let high = changes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((changes[middle]?.revision ?? 0) > revision) high = middle
      else low = middle + 1
    }
    return changes[low]
  }

  #written(changes: Change[]): void {
    if (changes.length > CHANGES_MAX) {
      const dropped = changes.splice(0, CHANGES_MAX / 2)
      this.#compacted = Math.max(this.#compacted, dropped.at(-1)?.revision ?? 0)
    }
    this.#wake()
  }

  #wake(): void {
    const watchers = [...this.#watchers]
    this.#watchers.clear()
    for (const wake of watchers) wake()
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake)
        this.#watchers.delete(wake)
        resolve()
      }
      this.#watchers.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

/** What a change is to somebody who watches only some objects. */
function eventOf(
  { before, after }: Change,
  matches: (object: KubeObject) => boolean,
): WatchEvent | undefined {
  const was = before !== undefined && matches(before)
  const is = after !== undefined && matches(after)
  if (is) return { type: was ? 'modified' : 'added', object: after }
  if (!was) return undefined
  // Of what no longer matches, the object as it was, with the revision at which it went.
  const revision = (after ?? before).metadata.resourceVersion
  const metadata = { ...before.metadata, ...(revision && { resourceVersion: revision }) }
  return { type: 'deleted', object: { ...before, metadata } }
}
