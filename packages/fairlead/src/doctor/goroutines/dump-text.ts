/** A line of a dump, or where a dump begins and ends within the log of a runtime. */
export type DumpTextEvent =
  | {
      readonly kind: 'begin'
      /** What stands before the dump in its log line: time, level. */
      readonly header: string
      readonly line: number
    }
  | { readonly kind: 'line'; readonly text: string; readonly line: number }
  | { readonly kind: 'end' }

/** Longer lines are cut: no frame is as long, and a log may hold one line of many megabytes. */
const MAX_LINE = 4096
// containerd/containerd@v2.3.4:cmd/containerd/command/main.go, dumpStacks
const BEGIN = '=== BEGIN goroutine stack dump ==='
const END = '=== END goroutine stack dump ==='
/** Kept of a line that is cut, so that a marker or an escape that two chunks share is found. */
const TAIL = BEGIN.length + 32
/** A record of logrus, after which nothing of an earlier record follows. */
const NEW_RECORD = /^(?:time="|\{")/

/**
 * The lines of text that may hold goroutine dumps, whatever it comes in: a dump as it is, and one that a
 * runtime wrote into its log as a single line with `\n` for its line ends (logfmt or JSON, and JSON within
 * the journal's JSON). journald cuts such a line every 48 KiB (LineMax); the pieces are put together.
 */
export class DumpText {
  readonly #emit: (event: DumpTextEvent) => void
  #rest = ''
  /** The beginning of a line whose end has not come; only where the line is long. */
  #held = ''
  #line = 1
  /** What stands for a line end and a tab within a log line; undefined outside of one. */
  #escapes: { readonly newline: string; readonly tab: string } | undefined
  /** Whether the next text is that of a new physical line within a logged dump. */
  #continues = false

  constructor(emit: (event: DumpTextEvent) => void) {
    this.#emit = emit
  }

  /** Whether the text is within a dump that a runtime wrote into its log. */
  get isLogged(): boolean {
    return this.#escapes !== undefined
  }

  push(text: string): void {
    let unread = this.#rest + text
    for (;;) {
      const read = this.#escapes === undefined ? this.#plain(unread) : this.#logged(unread)
      if (read === undefined) break
      unread = unread.slice(read)
    }
    this.#keep(unread)
  }

  /** There is no more text. */
  end(): void {
    const last = this.#held + this.#rest
    if (last !== '') this.#tell(last)
    if (this.#escapes !== undefined) this.#emit({ kind: 'end' })
  }

  /** Reads lines until a logged dump begins. Returns how far it came, or undefined where text is missing. */
  #plain(text: string): number | undefined {
    const begin = text.indexOf(BEGIN)
    const until = begin === -1 ? text.length : begin
    let at = 0
    for (;;) {
      const newline = text.indexOf('\n', at)
      if (newline === -1 || newline > until) break
      this.#tell(this.#held + text.slice(at, newline))
      this.#held = ''
      this.#line += 1
      at = newline + 1
    }
    if (begin === -1) return at === 0 ? undefined : at
    const after = text.slice(begin + BEGIN.length, begin + BEGIN.length + 16)
    const [, escape] = /^(\\+)n/.exec(after) ?? []
    if (escape !== undefined) {
      const header = (this.#held + text.slice(at, begin)).slice(0, MAX_LINE)
      this.#held = ''
      this.#escapes = { newline: `${escape}n`, tab: `${escape}t` }
      this.#emit({ kind: 'begin', header, line: this.#line })
      return begin + BEGIN.length + escape.length + 1
    }
    if (/^\\*$/.test(after)) return at === 0 ? undefined : at
    // The marker of a dump that is not escaped: its lines follow.
    this.#held = (this.#held + text.slice(at, begin)).slice(0, MAX_LINE)
    return begin + BEGIN.length
  }

  /** Reads a logged dump, at most to the end of its physical line. */
  #logged(text: string): number | undefined {
    const { newline, tab } = this.#escapes ?? { newline: '\n', tab: '\t' }
    const physical = text.indexOf('\n')
    const segment = physical === -1 ? text : text.slice(0, physical)
    let at = 0
    for (;;) {
      const logical = segment.indexOf(newline, at)
      if (logical === -1 && physical === -1) return at === 0 ? undefined : at
      const raw = segment.slice(at, logical === -1 ? undefined : logical)
      if (this.#continues && NEW_RECORD.test(raw)) {
        this.#leave()
        return at
      }
      const piece = this.#continues ? withoutPrefix(raw) : raw
      this.#continues = false
      if (piece.startsWith(END)) {
        this.#leave()
        return at + raw.length
      }
      if (logical === -1) {
        this.#held = (this.#held + piece).slice(0, MAX_LINE)
        this.#continues = true
        this.#line += 1
        return physical + 1
      }
      this.#tell((this.#held + piece).replaceAll(tab, '\t'))
      this.#held = ''
      at = logical + newline.length
    }
  }

  #leave(): void {
    this.#held = ''
    this.#continues = false
    this.#escapes = undefined
    this.#emit({ kind: 'end' })
  }

  #tell(text: string): void {
    this.#emit({ kind: 'line', text: text.slice(0, MAX_LINE).trimEnd(), line: this.#line })
  }

  /** Keeps what has no end yet, and of what is long only its beginning and its last characters. */
  #keep(unread: string): void {
    if (unread.length <= MAX_LINE + TAIL) {
      this.#rest = unread
      return
    }
    this.#held = (this.#held + unread.slice(0, -TAIL)).slice(0, MAX_LINE)
    this.#rest = unread.slice(-TAIL)
  }
}

// `journalctl -o short` and `-o short-iso`, syslog; containers' logs of the CRI.
const PREFIX =
  /^(?:(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+) \S+ [\w.@/-]+(?:\[\d+\])?: |\d{4}-\d\d-\d\dT\S+ std(?:out|err) [FP] )/

/** A line without what a log puts before each of its lines. */
export function withoutPrefix(line: string): string {
  return line.replace(PREFIX, '')
}
