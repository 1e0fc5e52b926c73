import type { Fact } from './fact.ts'
import type { SourceFile } from './fact-reader.ts'
import { DumpReader } from './goroutines/goroutine-dump.ts'
import { factsOf } from './goroutines/goroutine-facts.ts'

interface Reading {
  readonly reader: DumpReader
  readonly decoder: InstanceType<typeof TextDecoder>
  /** The number of the line where the reader began. */
  readonly line: number
}

/** Lets a reader of goroutine dumps have a file from the line on that shows one, until the dump has ended. */
export class DumpFeed {
  readonly #file: SourceFile
  #reading: Reading | undefined
  /** Where in the buffer the reader has to begin. */
  #unread = 0

  constructor(file: SourceFile) {
    this.#file = file
  }

  /** A line shows a dump: it begins at this place of the buffer, or goes on. */
  shows(at: number, line: number): void {
    if (this.#reading !== undefined) return
    this.#reading = { reader: new DumpReader(), decoder: new TextDecoder(), line }
    this.#unread = at
  }

  /** The buffer has been searched up to `end`. */
  searched(bytes: Buffer, end: number): readonly Fact[] {
    if (this.#reading === undefined) return []
    const { reader, decoder } = this.#reading
    reader.push(decoder.decode(bytes.subarray(this.#unread, end), { stream: true }))
    this.#unread = 0
    const facts = this.#facts(this.#reading)
    if (reader.isIdle) this.#reading = undefined
    return facts
  }

  end(): readonly Fact[] {
    if (this.#reading === undefined) return []
    this.#reading.reader.end()
    return this.#facts(this.#reading)
  }

  #facts({ reader, line }: Reading): readonly Fact[] {
    const { path, node } = this.#file
    return reader
      .take()
      .flatMap((dump) => factsOf(dump, { source: path, node }))
      .map((fact) => {
        const { source, line: within = 1 } = fact.place
        return { ...fact, place: { source, line: line - 1 + within } }
      })
  }
}
