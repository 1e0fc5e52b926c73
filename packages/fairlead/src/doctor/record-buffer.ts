import { JOURNAL_ENTRY } from './formats/journal-export.ts'

/** What is looked at of one line or entry; the rest of a longer one is skipped. */
export const RECORD_LIMIT = 256 * 1024
const BUFFER_BYTES = 1024 * 1024 + RECORD_LIMIT

/** The memory of the file before: a bundle of many small ones would leave as much behind for each. */
let spare: Buffer = Buffer.alloc(0)

/** Whole records of a file that are in memory at once. */
export interface Region {
  readonly bytes: Buffer
  /** Where the first whole record begins; before it may be the rest of one that was too long. */
  readonly begin: number
  readonly end: number
  /** What stands between two records, its first byte being a line break. */
  readonly separator: Buffer
}

/**
 * Gathers the bytes of a file until there are many whole records: lines, or the entries of a journal
 * export. What a region holds does not depend on how the bytes come.
 */
export class RecordBuffer {
  readonly #read: (region: Region) => void
  /** Grows up to BUFFER_BYTES: most files of a bundle are small. */
  #bytes: Buffer = Buffer.allocUnsafe(0)
  #filled = 0
  #skipsRest = false
  #separator: Buffer | undefined

  /** @param read is called for each region, whose bytes are used again afterwards */
  constructor(read: (region: Region) => void) {
    this.#read = read
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BUFFER_BYTES - this.#filled)
      this.#reserve(this.#filled + part.length)
      this.#bytes.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === BUFFER_BYTES) this.#drain()
    }
  }

  /** The file ends here. */
  end(): void {
    this.#tell(this.#filled)
    this.#filled = 0
    if (this.#bytes.length > 0) spare = this.#bytes
    this.#bytes = Buffer.alloc(0)
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const size = Math.min(BUFFER_BYTES, Math.max(bytes * 2, 16 * 1024))
    // With memory of its own, aligned: line breaks are counted by words.
    const larger = spare.length >= size ? spare : Buffer.from(new ArrayBuffer(size))
    if (larger === spare) spare = Buffer.alloc(0)
    larger.set(this.#bytes.subarray(0, this.#filled))
    this.#bytes = larger
  }

  /** Reads the whole records of a full buffer, and keeps the beginning of the next one. */
  #drain(): void {
    const separator = this.#separatorOf()
    const last = this.#bytes.lastIndexOf(separator, this.#filled - separator.length)
    const end = last === -1 ? this.#filled : last + 1
    this.#tell(end)
    this.#skipsRest = last === -1
    this.#bytes.copyWithin(0, end, this.#filled)
    this.#filled -= end
  }

  #tell(end: number): void {
    const separator = this.#separatorOf()
    const rest = this.#skipsRest ? this.#bytes.subarray(0, end).indexOf(separator) : -1
    const begin = !this.#skipsRest ? 0 : rest === -1 ? end : rest + 1
    this.#read({ bytes: this.#bytes, begin, end, separator })
  }

  #separatorOf(): Buffer {
    this.#separator ??= Buffer.from(
      this.#bytes.toString('latin1', 0, JOURNAL_ENTRY.length) === JOURNAL_ENTRY
        ? `\n${JOURNAL_ENTRY}`
        : '\n',
    )
    return this.#separator
  }
}
