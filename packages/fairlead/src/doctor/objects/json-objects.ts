import { jsonOrUndefined } from '../../json.ts'

/** An object, and the line where it begins. */
export interface JsonObjectRead {
  readonly value: unknown
  readonly line: number
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, NEWLINE] = Buffer.from('"\\{}[]\n')

/**
 * Finds objects in JSON that comes in pieces: those in the `items` of a list one by one, so that the list
 * may be of any length, or else the whole. One that is longer than a limit is skipped.
 */
export class JsonObjects {
  readonly #limit: number
  /** The bytes of the object that is read; empty while it is too long. */
  #bytes: Uint8Array[] = []
  #length = 0
  /** Braces and brackets that are open. */
  #depth = 0
  /** The depth of the objects that are looked for: 0 for what stands alone, 2 within `items`. */
  #itemDepth = 0
  #isString = false
  #isEscaped = false
  #line = 1
  #begin = 1
  /** The key or text that ended last, to tell `"items": [`. */
  #lastString = ''
  #string: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  push(bytes: Uint8Array): readonly JsonObjectRead[] {
    const found: JsonObjectRead[] = []
    // Where the object begins within these bytes; -1 between two.
    let begin = this.#depth > this.#itemDepth ? 0 : -1
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === NEWLINE) this.#line++
      if (this.#isString) {
        this.#inString(byte)
        continue
      }
      if (byte === QUOTE) {
        this.#isString = true
        this.#string = []
      } else if (byte === OPEN || byte === OPEN_LIST) {
        const isItems = byte === OPEN_LIST && this.#depth === 1 && this.#lastString === 'items'
        if (isItems) {
          this.#drop()
          this.#itemDepth = 2
          begin = -1
        } else if (byte === OPEN && this.#depth === this.#itemDepth) {
          begin = at
          this.#begin = this.#line
        }
        this.#depth++
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#depth = Math.max(0, this.#depth - 1)
        if (begin !== -1 && this.#depth === this.#itemDepth) {
          this.#add(bytes.subarray(begin, at + 1))
          const value = this.#value()
          if (value !== undefined) found.push({ value, line: this.#begin })
          begin = -1
        }
        if (this.#depth < this.#itemDepth) {
          this.#itemDepth = 0
          begin = -1
        }
      }
    }
    if (begin !== -1) this.#add(Uint8Array.from(bytes.subarray(begin)))
    return found
  }

  #inString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) {
      this.#isString = false
      this.#lastString = String.fromCharCode(...this.#string)
    } else if (this.#string.length < 8) this.#string.push(byte)
  }

  #add(bytes: Uint8Array): void {
    this.#length += bytes.length
    if (this.#length <= this.#limit) this.#bytes.push(bytes)
    else this.#bytes = []
  }

  #value(): unknown {
    const text = this.#length > this.#limit ? '' : Buffer.concat(this.#bytes).toString('utf8')
    this.#drop()
    // What is too long or broken is no object.
    return jsonOrUndefined(text)
  }

  #drop(): void {
    this.#bytes = []
    this.#length = 0
  }
}
