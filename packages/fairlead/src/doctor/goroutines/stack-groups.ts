import { ownerOf } from './cni-locks.ts'
import type { Frame, Goroutine } from './goroutine.ts'

/** Goroutines with one stack, in one state. */
export interface StackGroup {
  readonly count: number
  /** Undefined in a dump that was grouped by Go (`debug=1`). */
  readonly state: string | undefined
  /** Of the one that has waited longest, in whole minutes. */
  readonly waitMinutes: number
  /** The innermost first. */
  readonly frames: readonly Frame[]
  /** Where the first of them is. */
  readonly line: number
}

// A busy node has thousands of goroutines, and some hundred different stacks.
const MAX_GROUPS = 4096

/** Collects goroutines by their stacks, in bounded memory. */
export class StackGroups {
  readonly #groups = new Map<string, StackGroup>()
  readonly #names = new Map<string, string>()
  #goroutines = 0
  #notKept = 0

  /** How many were added, kept or not. */
  get goroutines(): number {
    return this.#goroutines
  }

  /** How many were counted only, since there were too many different stacks. */
  get notKept(): number {
    return this.#notKept
  }

  get groups(): readonly StackGroup[] {
    return [...this.#groups.values()]
  }

  add({ count, state, waitMinutes, frames: all, line }: Goroutine): void {
    this.#goroutines += count
    // Two stacks that wait for the locks of two objects are two; any other receiver makes no difference.
    const frames = all.map((frame) =>
      ownerOf(frame) === undefined ? { ...frame, receiver: undefined } : frame,
    )
    const key = [state, ...frames.map((frame) => `${frame.function} ${frame.receiver}`)].join('\n')
    const group = this.#groups.get(key)
    if (group !== undefined) {
      const longest = Math.max(group.waitMinutes, waitMinutes)
      this.#groups.set(key, { ...group, count: group.count + count, waitMinutes: longest })
    } else if (this.#groups.size < MAX_GROUPS) {
      const kept = frames.map((frame) => this.#compact(frame))
      this.#groups.set(this.#own(key), {
        count,
        state: this.#own(state),
        waitMinutes,
        frames: kept,
        line,
      })
    } else {
      this.#notKept += count
    }
  }

  #compact(frame: Frame): Frame {
    return {
      function: this.#own(frame.function),
      receiver: this.#own(frame.receiver),
      file: this.#own(frame.file),
    }
  }

  /** The same text with memory of its own: a part of a string keeps the whole of it, here a chunk of the file. */
  #own<T extends string | undefined>(text: T): T
  #own(text: string | undefined): string | undefined {
    if (text === undefined) return undefined
    let own = this.#names.get(text)
    if (own === undefined) {
      own = Buffer.from(text).toString()
      this.#names.set(own, own)
    }
    return own
  }
}
