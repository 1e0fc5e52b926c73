import type { World } from './world.ts'

interface Holder {
  readonly who: string
  readonly endSpan: () => void
}

interface Writer {
  readonly who: string
  holds: boolean
  granted: () => void
}

interface QueuedReader {
  readonly granted: () => void
}

/**
 * Go's `sync.RWMutex` (src/sync/rwmutex.go) in a {@link World}.
 *
 * - Readers share; a writer is alone.
 * - A writer that waits lets those who read finish and makes every later reader wait, one that reads
 *   already included ("This prohibits recursive read-locking"): the two then wait for each other.
 * - When a writer lets go, all readers that wait get the lock at once, before any next writer.
 * - A second writer waits for the first (Go's mutex `w`) and stops no reader until it has its turn.
 *   Which of several is next is open, as it is for a `sync.Mutex`.
 *
 * Asking is a step. Letting go is none: whether it comes earlier or later within its step makes no
 * difference to anybody else (Lipton's reduction, CACM 1975), so there is nothing to explore.
 */
export class RwMutex {
  readonly #world: World
  readonly #readers = new Set<Holder>()
  readonly #queue: QueuedReader[] = []
  /** The owner of Go's `w`: who writes, or waits for the readers to finish. */
  #writer: Writer | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** `RLock`; what it resolves to is `RUnlock`. `purpose` tells what for. */
  async rLock(purpose: string): Promise<() => void> {
    const world = this.#world
    await world.step()
    let holder: Holder
    if (this.#writer === undefined) {
      world.say(`takes the read lock ${purpose}`)
      holder = this.#read(world.who)
    } else {
      holder = await this.#queued(this.#writer, purpose)
    }
    return () => {
      this.#rUnlock(holder)
    }
  }

  /** `Lock`; what it resolves to is `Unlock`. `purpose` tells what for. */
  async lock(purpose: string): Promise<() => void> {
    const world = this.#world
    await world.step()
    if (this.#writer !== undefined) await this.#turn(purpose)
    const writer: Writer = { who: world.who, holds: true, granted: () => {} }
    this.#writer = writer
    if (this.#readers.size === 0) world.say(`takes the write lock ${purpose}`)
    else await this.#drained(writer, purpose)
    const endSpan = world.span('write')
    return () => {
      endSpan()
      this.#unlock(writer)
    }
  }

  #read(who: string): Holder {
    const holder = { who, endSpan: this.#world.span('read', who) }
    this.#readers.add(holder)
    return holder
  }

  async #queued(writer: Writer, purpose: string): Promise<Holder> {
    const world = this.#world
    const { who } = world
    const again = this.#readerNames().includes(who) ? 'a second time ' : ''
    const has = writer.holds ? 'has' : 'waits for'
    world.say(
      `asks for the read lock ${again}${purpose} and waits behind ${writer.who}, ` +
        `who ${has} the write lock`,
    )
    world.arrow({ kind: 'wait', from: who, to: writer.who })
    const endSpan = world.span('wait')
    const wait = world.wait(() => `waits for the read lock ${again}behind ${writer.who}`)
    const { promise, resolve } = Promise.withResolvers<Holder>()
    this.#queue.push({
      granted: () => {
        world.say('gets the read lock', who)
        endSpan()
        wait.end()
        resolve(this.#read(who))
      },
    })
    return promise
  }

  /** Waits for the turn among writers. Readers come and go meanwhile. */
  async #turn(purpose: string): Promise<void> {
    const world = this.#world
    const first = this.#writer?.who ?? ''
    world.say(`asks for the write lock ${purpose} and waits for ${first}, who is first`)
    const endSpan = world.span('wait')
    const wait = world.wait(() => `waits for its turn to write, after ${this.#writer?.who ?? ''}`)
    await world.until(() => this.#writer === undefined, 'has its turn to write')
    wait.end()
    endSpan()
  }

  async #drained(writer: Writer, purpose: string): Promise<void> {
    const world = this.#world
    const names = () => this.#readerNames().join(' and ')
    writer.holds = false
    world.say(`asks for the write lock ${purpose} and waits behind reader ${names()}`)
    for (const to of this.#readerNames()) world.arrow({ kind: 'wait', from: writer.who, to })
    const endSpan = world.span('wait')
    const wait = world.wait(() => `waits for the write lock until ${names()} lets the read lock go`)
    writer.granted = () => {
      writer.holds = true
      world.say('gets the write lock', writer.who)
      endSpan()
      wait.end()
    }
    await wait.ended
  }

  #rUnlock(holder: Holder): void {
    if (!this.#readers.delete(holder)) throw new Error('RUnlock of an unlocked RWMutex')
    holder.endSpan()
    this.#world.say('lets the read lock go', holder.who)
    const writer = this.#writer
    if (writer !== undefined && !writer.holds && this.#readers.size === 0) writer.granted()
  }

  #unlock(writer: Writer): void {
    if (this.#writer !== writer) throw new Error('Unlock of an unlocked RWMutex')
    this.#world.say('lets the write lock go', writer.who)
    this.#writer = undefined
    for (const reader of this.#queue.splice(0)) reader.granted()
  }

  #readerNames(): string[] {
    return [...new Set([...this.#readers].map(({ who }) => who))]
  }
}
