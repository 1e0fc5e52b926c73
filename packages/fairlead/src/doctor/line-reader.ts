import type { SymptomSource } from '../advisories/advisory.ts'
import type { Fact } from './fact.ts'
import type { FactReader, SourceFile } from './fact-reader.ts'
import { type DumpSource, factsOf } from './goroutines/goroutine-facts.ts'
import { DumpReader } from './goroutines/goroutine-dump.ts'
import { JOURNAL_ENTRY, readJournalEntry } from './formats/journal-export.ts'
import { type LogLine, readLogLine } from './formats/log-line.ts'
import { writerOf, writerOfPath } from './formats/writer.ts'
import { countNewlines } from './newlines.ts'
import type { Landmarks } from './landmarks.ts'
import { safeText, TEXT_LIMIT } from './safe-text.ts'
import { versionsIn } from './versions.ts'

/** What is looked at of one line or entry; the rest of a longer one is skipped. */
export const LINE_LIMIT = 256 * 1024
const BUFFER_BYTES = 1024 * 1024 + LINE_LIMIT
/** Of lines that tell the same, so many first ones are facts, and the last one. */
const FIRST_LINES = 5

interface Dump {
  readonly reader: DumpReader
  readonly decoder: InstanceType<typeof TextDecoder>
  /** The number of the line where the reader began. */
  readonly line: number
  /** What of the buffer it has not read yet begins here. */
  unread: number
}

/**
 * Finds the lines of a log that tell something. All bytes are searched, and only the lines with a hit are
 * decoded; what is kept does not grow with the file.
 */
export class LineReader implements FactReader {
  readonly #file: SourceFile
  readonly #landmarks: Landmarks
  readonly #writer: SymptomSource | undefined
  readonly #buffer: Buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  #filled = 0
  /** Whether what comes next is the rest of a line that is too long. */
  #skipsRest = false
  #separator: Buffer | undefined
  #lineNumber = 1
  #facts: Fact[] = []
  /** By the text they have in common: how many there were, and the last one, if it is no fact yet. */
  readonly #alike = new Map<number, { count: number; last: Fact | undefined }>()
  readonly #versions = new Map<string, string>()
  /** Reads a goroutine dump, from the line on that showed one. */
  #dump: Dump | undefined

  constructor(file: SourceFile, landmarks: Landmarks) {
    this.#file = file
    this.#landmarks = landmarks
    this.#writer = writerOfPath(file.path)
  }

  push(bytes: Uint8Array): readonly Fact[] {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BUFFER_BYTES - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === BUFFER_BYTES) this.#drain()
    }
    return this.#taken()
  }

  end(): readonly Fact[] {
    this.#read(this.#filled)
    this.#filled = 0
    if (this.#dump !== undefined) {
      this.#dump.reader.end()
      this.#takeDumps(this.#dump)
    }
    for (const { count, last } of this.#alike.values()) {
      if (last !== undefined) this.#facts.push({ ...last, more: count - FIRST_LINES - 1 } as Fact)
    }
    return this.#taken()
  }

  #taken(): readonly Fact[] {
    const facts = this.#facts
    this.#facts = []
    return facts
  }

  /** Reads the whole lines of a full buffer, and keeps the beginning of the next one. */
  #drain(): void {
    const separator = this.#separatorOf()
    const last = this.#buffer.lastIndexOf(separator, this.#filled - separator.length)
    const end = last === -1 ? this.#filled : last + 1
    this.#read(end)
    this.#skipsRest = last === -1
    this.#buffer.copyWithin(0, end, this.#filled)
    this.#filled -= end
  }

  #separatorOf(): Buffer {
    this.#separator ??= Buffer.from(
      this.#buffer.toString('latin1', 0, JOURNAL_ENTRY.length) === JOURNAL_ENTRY
        ? `\n${JOURNAL_ENTRY}`
        : '\n',
    )
    return this.#separator
  }

  #read(end: number): void {
    const separator = this.#separatorOf()
    let begin = 0
    if (this.#skipsRest) {
      const next = this.#buffer.indexOf(separator)
      begin = next === -1 || next >= end ? end : next + 1
    }
    let counted = 0
    let line: { begin: number; end: number; ids: Set<number> } | undefined
    const flush = () => {
      if (line === undefined) return
      this.#lineNumber += countNewlines(this.#buffer, counted, line.begin)
      counted = line.begin
      this.#line(line.begin, line.end, line.ids)
    }
    this.#landmarks.index.search(this.#buffer, begin, end, (id, at) => {
      if (line === undefined || at >= line.end) {
        flush()
        const before = at === begin ? -1 : this.#buffer.lastIndexOf(separator, at - 1)
        const after = this.#buffer.indexOf(separator, at)
        const from = before < begin ? begin : before + 1
        const whole = after === -1 || after > end ? end : after
        line = { begin: from, end: whole, ids: new Set() }
      }
      if (at < line.begin + LINE_LIMIT) line.ids.add(id)
    })
    flush()
    this.#lineNumber += countNewlines(this.#buffer, counted, end)
    this.#feedDump(end)
  }

  /** Lets a reader of dumps have what the buffer holds of the file, if one is at work. */
  #feedDump(end: number): void {
    const dump = this.#dump
    if (dump === undefined) return
    const { reader, decoder, unread } = dump
    reader.push(decoder.decode(this.#buffer.subarray(unread, end), { stream: true }))
    dump.unread = 0
    this.#takeDumps(dump)
    if (reader.isIdle) this.#dump = undefined
  }

  #takeDumps({ reader, line }: Dump): void {
    const from: DumpSource = { source: this.#file.path, node: this.#file.node }
    for (const dump of reader.take()) {
      for (const fact of factsOf(dump, from)) {
        const { source, line: within = 1 } = fact.place
        this.#facts.push({ ...fact, place: { source, line: line - 1 + within } })
      }
    }
  }

  #line(begin: number, end: number, found: ReadonlySet<number>): void {
    if ([...found].some((id) => this.#landmarks.tellsDump(id))) {
      this.#dump ??= {
        reader: new DumpReader(),
        decoder: new TextDecoder(),
        line: this.#lineNumber,
        unread: begin,
      }
      return
    }
    if (found.size === 0) return
    const read = this.#logLine(begin, Math.min(end, begin + LINE_LIMIT))
    if (read === undefined) return
    const from = writerOf(read.program, read.message, this.#writer)
    const observed = {
      node: read.host ?? this.#file.node,
      atMs: undefined,
      written: read.time,
      place: { source: this.#file.path, line: this.#lineNumber },
    }
    if ([...found].some((id) => this.#landmarks.tellsVersion(id))) {
      for (const { component, version } of versionsIn(read.message, from)) {
        if (this.#versions.get(component) === version) continue
        this.#versions.set(component, version)
        this.#facts.push({ kind: 'version', ...observed, component, version })
      }
    }
    const ids = [...found].filter((id) => this.#landmarks.isSaidBy(id, from))
    if (ids.length === 0) return
    const wanted = ids.filter((id) => !this.#isPlenty(id))
    const text = safeText(this.#excerpt(read.message, ids))
    const fact: Fact = { kind: 'line', ...observed, from, text }
    for (const id of ids) this.#count(id, wanted.length === 0 ? fact : undefined)
    if (wanted.length > 0) this.#facts.push(fact)
  }

  #isPlenty(id: number): boolean {
    return (this.#alike.get(id)?.count ?? 0) >= FIRST_LINES
  }

  #count(id: number, last: Fact | undefined): void {
    const { count } = this.#alike.get(id) ?? { count: 0 }
    this.#alike.set(id, { count: count + 1, last })
  }

  #logLine(begin: number, end: number): LogLine | undefined {
    if (this.#separatorOf().length > 1) return readJournalEntry(this.#buffer.subarray(begin, end))
    const carriageReturn = this.#buffer[end - 1] === 13 ? 1 : 0
    return readLogLine(this.#buffer.toString('utf8', begin, end - carriageReturn))
  }

  /** What is told of a long line: the part around the first text that was looked for. */
  #excerpt(message: string, ids: readonly number[]): string {
    if (message.length <= TEXT_LIMIT) return message
    const places = ids.map((id) => message.indexOf(this.#landmarks.textOf(id)))
    const first = Math.min(...places.filter((place) => place >= 0))
    const begin = Number.isFinite(first) ? Math.max(0, first - TEXT_LIMIT / 4) : 0
    return message.slice(begin, begin + TEXT_LIMIT)
  }
}
