import { DumpText, withoutPrefix } from './dump-text.ts'
import { GoroutineParser } from './goroutine.ts'
import { type StackGroup, StackGroups } from './stack-groups.ts'

/** A goroutine dump of one process at one moment. */
export interface GoroutineDump {
  /** What stands before it in a log line; empty where it is no part of a log. */
  readonly header: string
  readonly line: number
  readonly goroutines: number
  readonly groups: readonly StackGroup[]
  /** Goroutines that were counted, and their stacks not kept, since there were too many different ones. */
  readonly notKept: number
}

/** So many lines that are no part of a dump end it; fewer may stand between two lines of it in a log. */
const MAX_FOREIGN = 1000

/**
 * Finds the goroutine dumps in a text that comes in pieces, one after the other, in bounded memory: as a
 * file of its own (`debug=2`, `debug=1`, SIGQUIT) or within the log of a runtime.
 */
export class DumpReader {
  readonly #done: GoroutineDump[] = []
  readonly #text = new DumpText((event) => {
    if (event.kind === 'line') {
      this.#line(event.text, event.line)
      return
    }
    this.#finish()
    if (event.kind === 'begin') this.#header = event.header
  })
  readonly #parser = new GoroutineParser({
    goroutine: (goroutine) => {
      this.#groups.add(goroutine)
    },
    begins: () => {
      if (this.#groups.goroutines > 0) this.#finish()
    },
  })
  #groups = new StackGroups()
  #header = ''
  #foreign = 0

  push(text: string): void {
    this.#text.push(text)
  }

  end(): void {
    this.#text.end()
    this.#finish()
  }

  /** Whether no dump has begun that more of the text could belong to. */
  get isIdle(): boolean {
    return this.#groups.goroutines === 0 && !this.#parser.isWithin && !this.#text.isLogged
  }

  take(): GoroutineDump[] {
    return this.#done.splice(0)
  }

  #line(raw: string, line: number): void {
    const isWithin = this.#groups.goroutines > 0 || this.#parser.isWithin
    if (!isWithin && !raw.includes('goroutine ')) return
    this.#foreign = this.#parser.push(withoutPrefix(raw), line) ? 0 : this.#foreign + 1
    if (this.#foreign > MAX_FOREIGN) this.#finish()
  }

  #finish(): void {
    this.#parser.end()
    const { goroutines, notKept, groups } = this.#groups
    const [first] = groups
    if (first !== undefined) {
      this.#done.push({ header: this.#header, line: first.line, goroutines, groups, notKept })
    }
    this.#groups = new StackGroups()
    this.#header = ''
    this.#foreign = 0
  }
}
