/** A function on a goroutine's stack. */
export interface Frame {
  /** E.g. `github.com/containerd/go-cni.(*libcni).Status`. */
  readonly function: string
  /** The value of a method's receiver, e.g. `0xc0003d2a20`; undefined where the dump has none. */
  readonly receiver: string | undefined
  /** Undefined where the dump has no place for it. */
  readonly file: string | undefined
}

/** A goroutine of a dump; in a dump that is grouped already (`debug=1`), several with one stack. */
export interface Goroutine {
  readonly count: number
  /** `sync.RWMutex.RLock`, `select`, `syscall`; undefined in a grouped dump. */
  readonly state: string | undefined
  /** For how many whole minutes it has waited at least; Go does not print the first. */
  readonly waitMinutes: number
  /** The innermost first. At most {@link MAX_FRAMES}. */
  readonly frames: readonly Frame[]
  /** The line of the file where it begins, counted from 1. */
  readonly line: number
}

// Go itself elides the middle of a stack of more than 100 frames.
const MAX_FRAMES = 128

// runtime.goroutineheader; with GOTRACEBACK=system `gp=0x.. m=0 mp=0x..` stands before the state.
const HEADER = /^goroutine \d+(?: [a-z]+=\S+)* \[([^\]]*)\].*:$/
// runtime/pprof.printCountProfile, of `debug=1`
const GROUPED = /^goroutine profile: total \d+$/
const GROUP = /^(\d+) @(?: 0x[0-9a-f]+)*$/
const GROUP_FRAME = /^#\t0x[0-9a-f]+\t(\S+?)\+0x[0-9a-f]+\t+(\S.*):\d+$/
const FILE = /^\t(\S.*):\d+(?: \+0x[0-9a-f]+)?(?: fp=.*)?$/

interface Unfinished {
  readonly count: number
  readonly state: string | undefined
  readonly waitMinutes: number
  readonly frames: Frame[]
  readonly line: number
}

/** Who is told what the parser has read. */
export interface GoroutineSink {
  readonly goroutine: (goroutine: Goroutine) => void
  /** A new dump begins here, as far as that is to be seen. */
  readonly begins: () => void
}

/** Reads goroutines line by line, of both formats of runtime/pprof, and of `runtime.Stack`. */
export class GoroutineParser {
  readonly #sink: GoroutineSink
  #current: Unfinished | undefined
  #isGrouped = false

  constructor(sink: GoroutineSink) {
    this.#sink = sink
  }

  /** Whether a dump has begun, so that more of it may follow. */
  get isWithin(): boolean {
    return this.#isGrouped || this.#current !== undefined
  }

  /** Reads a line; false where it is no part of a dump. */
  push(text: string, line: number): boolean {
    if (text.startsWith('goroutine ')) {
      const [, state] = HEADER.exec(text) ?? []
      if (state !== undefined) return this.#begin(state, line)
      if (GROUPED.test(text)) {
        this.end()
        this.#sink.begins()
        this.#isGrouped = true
        return true
      }
    }
    if (this.#isGrouped) return this.#grouped(text, line)
    if (this.#current === undefined) return false
    if (text === '') {
      this.#complete()
      return true
    }
    return this.#frame(text, this.#current)
  }

  /** The dump ends here. */
  end(): void {
    this.#complete()
    this.#isGrouped = false
  }

  #complete(): void {
    if (this.#current !== undefined) this.#sink.goroutine(this.#current)
    this.#current = undefined
  }

  #begin(state: string, line: number): boolean {
    const { what, waitMinutes } = parseState(state)
    this.end()
    // All others stand still while one writes what they do.
    if (what === 'running') this.#sink.begins()
    this.#current = { count: 1, state: what, waitMinutes, frames: [], line }
    return true
  }

  #grouped(text: string, line: number): boolean {
    const [, count] = GROUP.exec(text) ?? []
    if (count !== undefined) {
      this.#complete()
      this.#current = { count: Number(count), state: undefined, waitMinutes: 0, frames: [], line }
      return true
    }
    if (text === '') {
      this.#complete()
      return true
    }
    const [, name, file] = GROUP_FRAME.exec(text) ?? []
    if (name !== undefined && this.#current !== undefined) {
      add({ function: name, receiver: undefined, file }, this.#current)
      return true
    }
    return text.startsWith('#')
  }

  #frame(text: string, current: Unfinished): boolean {
    const [, file] = FILE.exec(text) ?? []
    if (file !== undefined) {
      const last = current.frames.pop()
      if (last !== undefined) current.frames.push({ ...last, file: last.file ?? file })
      return true
    }
    // Who has made it is not on its stack; and what Go says instead of frames.
    if (/^(?:created by |goroutine |\.\.\.)/.test(text)) return true
    const open = text.lastIndexOf('(')
    if (open < 1 || !text.endsWith(')')) return false
    const [receiver] = /^0x[0-9a-f]+/.exec(text.slice(open + 1)) ?? []
    const name = text.slice(0, open)
    add(
      { function: name, receiver: name.includes('(*') ? receiver : undefined, file: undefined },
      current,
    )
    return true
  }
}

function add(frame: Frame, { frames }: Unfinished): void {
  if (frames.length < MAX_FRAMES) frames.push(frame)
}

/** `chan receive, 2 minutes, locked to thread` */
function parseState(text: string): { what: string; waitMinutes: number } {
  const [what = '', ...more] = text.split(', ')
  const [, minutes = '0'] = more.map((word) => /^(\d+) minutes$/.exec(word)).find(Boolean) ?? []
  return { what, waitMinutes: Number(minutes) }
}
