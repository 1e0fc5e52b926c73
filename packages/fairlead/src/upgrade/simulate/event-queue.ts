/** Something that happens at a time. */
export interface Timed {
  readonly atMs: number
}

/** What is still to happen, the earliest first; of two at once the one that was added first. */
export class EventQueue<Event extends Timed> {
  readonly #heap: { readonly event: Event; readonly number: number }[] = []
  #added = 0

  get size(): number {
    return this.#heap.length
  }

  get nextMs(): number | undefined {
    return this.#heap[0]?.event.atMs
  }

  add(event: Event): void {
    const heap = this.#heap
    const entry = { event, number: this.#added++ }
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = entry
  }

  take(): Event | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first?.event
    let index = 0
    for (;;) {
      let childIndex = 2 * index + 1
      let child = heap[childIndex]
      const other = heap[childIndex + 1]
      if (child === undefined) break
      if (other !== undefined && isBefore(other, child)) {
        child = other
        childIndex++
      }
      if (!isBefore(child, last)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = last
    return first.event
  }
}

interface Entry {
  readonly event: Timed
  readonly number: number
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.event.atMs < b.event.atMs || (a.event.atMs === b.event.atMs && a.number < b.number)
}
