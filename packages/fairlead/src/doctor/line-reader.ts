import type { SymptomSource } from '../advisories/advisory.ts'
import { Alike } from './alike.ts'
import { DumpFeed } from './dump-feed.ts'
import type { Fact, LineFact } from './fact.ts'
import type { FactReader, SourceFile } from './fact-reader.ts'
import { readJournalEntry } from './formats/journal-export.ts'
import { type LogLine, readLogLine } from './formats/log-line.ts'
import { writerOf, writerOfPath } from './formats/writer.ts'
import type { Landmarks } from './landmarks.ts'
import { countNewlines } from './newlines.ts'
import { RECORD_LIMIT, RecordBuffer, type Region } from './record-buffer.ts'
import { owned, printable, safeText, TEXT_LIMIT } from '../safe-text.ts'
import { versionsIn } from './versions.ts'

/** A line, or an entry of a journal, with the texts that were found in it. */
interface Hit {
  readonly begin: number
  readonly end: number
  readonly ids: Set<number>
}

/**
 * Finds the lines of a log that tell something. All bytes are searched, and only the lines with a hit are
 * decoded; what is kept does not grow with the file.
 */
export class LineReader implements FactReader {
  readonly #file: SourceFile
  readonly #landmarks: Landmarks
  readonly #writer: SymptomSource | undefined
  readonly #records = new RecordBuffer((region) => {
    this.#read(region)
  })
  readonly #alike = new Alike()
  readonly #dumps: DumpFeed
  readonly #versions = new Map<string, string>()
  #lineNumber = 1
  #facts: Fact[] = []

  constructor(file: SourceFile, landmarks: Landmarks) {
    this.#file = file
    this.#landmarks = landmarks
    this.#writer = writerOfPath(file.path)
    this.#dumps = new DumpFeed(file)
  }

  push(bytes: Uint8Array): readonly Fact[] {
    this.#records.push(bytes)
    return this.#taken()
  }

  end(): readonly Fact[] {
    this.#records.end()
    this.#facts.push(...this.#dumps.end(), ...this.#alike.lasts())
    return this.#taken()
  }

  #taken(): readonly Fact[] {
    const facts = this.#facts
    this.#facts = []
    return facts
  }

  #read(region: Region): void {
    const { bytes, begin, end } = region
    let counted = 0
    let hit: Hit | undefined
    const flush = () => {
      if (hit === undefined) return
      this.#lineNumber += countNewlines(bytes, counted, hit.begin)
      counted = hit.begin
      if (hit.ids.size > 0) this.#hit(region, hit)
    }
    this.#landmarks.index.search(bytes, begin, end, (id, at) => {
      if (hit === undefined || at >= hit.end) {
        flush()
        hit = recordAt(region, at)
      }
      if (at < hit.begin + RECORD_LIMIT) hit.ids.add(id)
    })
    flush()
    this.#lineNumber += countNewlines(bytes, counted, end)
    this.#alike.settle()
    this.#facts.push(...this.#dumps.searched(bytes, end))
  }

  #hit(region: Region, { begin, end, ids }: Hit): void {
    if (some(ids, (id) => this.#landmarks.tellsDump(id))) {
      this.#dumps.shows(begin, this.#lineNumber)
      return
    }
    const limit = Math.min(end, begin + RECORD_LIMIT)
    const line = this.#lineNumber
    if (this.#alike.isPlenty(ids) && !some(ids, (id) => this.#landmarks.tellsVersion(id))) {
      // Only the last of many lines is worth being decoded.
      this.#alike.passed(ids, () => this.#fact(region, begin, limit, line, ids)?.fact)
      return
    }
    const told = this.#fact(region, begin, limit, line, ids)
    if (told === undefined) return
    this.#alike.kept(told.ids)
    this.#facts.push(told.fact)
  }

  /** What a record tells; its version at once, the line as a fact with the texts that count from its writer. */
  #fact(
    region: Region,
    begin: number,
    end: number,
    line: number,
    found: ReadonlySet<number>,
  ): { readonly fact: LineFact; readonly ids: readonly number[] } | undefined {
    const read = logLine(region, begin, end)
    if (read === undefined) return undefined
    const from = writerOf(read.program, read.message, this.#writer)
    const observed = {
      node: read.host === undefined ? this.#file.node : nodeName(read.host),
      atMs: undefined,
      written: read.time,
      place: { source: this.#file.path, line },
    }
    if (some(found, (id) => this.#landmarks.tellsVersion(id))) {
      for (const { component, version } of versionsIn(read.message, from)) {
        if (this.#versions.get(component) === version) continue
        this.#versions.set(component, version)
        this.#facts.push({ kind: 'version', ...observed, component, version })
      }
    }
    const ids = [...found].filter((id) => this.#landmarks.isSaidBy(id, from))
    if (ids.length === 0) return undefined
    const text = safeText(this.#excerpt(read.message, ids))
    return { ids, fact: { kind: 'line', ...observed, from, text } }
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

function recordAt({ bytes, begin, end, separator }: Region, at: number): Hit {
  const before = at === begin ? -1 : bytes.lastIndexOf(separator, at - 1)
  const after = bytes.indexOf(separator, at)
  return {
    begin: before < begin ? begin : before + 1,
    end: after === -1 || after > end ? end : after,
    ids: new Set(),
  }
}

/** The longest name that a host can have (RFC 1035, 2.3.4). */
const HOST_LIMIT = 253

function nodeName(host: string): string {
  return owned(printable(host.slice(0, HOST_LIMIT)))
}

function logLine({ bytes, separator }: Region, begin: number, end: number): LogLine | undefined {
  if (separator.length > 1) return readJournalEntry(bytes.subarray(begin, end))
  const carriageReturn = bytes[end - 1] === 13 ? 1 : 0
  return readLogLine(bytes.toString('utf8', begin, end - carriageReturn))
}

function some(ids: ReadonlySet<number>, is: (id: number) => boolean): boolean {
  for (const id of ids) if (is(id)) return true
  return false
}
