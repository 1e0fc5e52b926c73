import { endianness } from 'node:os'

/** Bytes of the text that one look covers: a word of memory. */
const GRAM = 4
/** However a word lies in a pattern of so many bytes, one of its grams is a whole word. */
const WINDOW = 2 * GRAM - 1
const HASH_BITS = 17

/** What lines of any log have; the grams of it tell little. */
const EVERYWHERE =
  'time="2026-11-25T04:00:21.123Z" level=info level=warning level=error msg="Started container Starting' +
  ' successfully returns " namespace name=" Name:" {Name: id= pod=" pods pod/ kubelet kubernetes kube-system' +
  ' stdout F stderr F error="rpc error: code = Unknown desc = err=" failed to failed, error" Type: event for' +
  ' status context deadline exceeded connection retrying dial tcp http:// https:// .service .go: systemd[1]: '
const EVERYWHERE_USES = 1000

interface Candidate {
  readonly id: number
  readonly bytes: Uint8Array
  /** Where in the pattern the look was. */
  readonly offset: number
}

/**
 * Finds many texts in bytes at once. The bytes are looked at word by word. From each pattern the seven bytes
 * are taken whose grams are the rarest; whatever place a pattern stands at, one of these four grams is a
 * word. Nearly all looks end with one bit of a table that fits into the processor's first cache.
 */
export class PatternIndex {
  /** What is looked for, byte by byte: each text in all its spellings. */
  readonly spellings: readonly string[]
  readonly #candidates: (readonly Candidate[] | undefined)[] = Array.from({
    length: 1 << HASH_BITS,
  })
  /** A bit for each hash. */
  readonly #isGram = new Int32Array(1 << (HASH_BITS - 5))
  readonly #short: readonly Candidate[]

  /** An id is the index of a text; each is found in the spellings that JSON and klog give it, too. */
  constructor(texts: readonly string[]) {
    const spelled = texts.flatMap((text, id) =>
      spellings(text).map((spelling) => ({ id, spelling })),
    )
    this.spellings = spelled.map(({ spelling }) => spelling)
    const patterns = spelled.map(({ id, spelling }) => ({
      id,
      bytes: Buffer.from(spelling),
      offset: 0,
    }))
    this.#short = patterns.filter(({ bytes }) => bytes.length < WINDOW)
    this.#fill(patterns.filter(({ bytes }) => bytes.length >= WINDOW))
  }

  /** Calls `hit` for each place between `from` and `to` where a text stands, line by line. */
  search(bytes: Buffer, from: number, to: number, hit: (id: number, at: number) => void): void {
    if (this.#short.length > 0) {
      for (const found of this.#withShort(bytes, from, to)) hit(found.id, found.at)
      return
    }
    this.#searchLong(bytes, from, to, hit)
  }

  #searchLong(
    bytes: Buffer,
    from: number,
    to: number,
    hit: (id: number, at: number) => void,
  ): void {
    const isGram = this.#isGram
    // Words lie at multiples of four of the memory, whatever part of it the buffer is.
    const first = (GRAM - ((bytes.byteOffset + from) % GRAM)) % GRAM
    const begin = from + first
    const count = Math.max(0, to - begin) >> 2
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + begin, count)
    for (let word = 0; word < count; word++) {
      const hash = hashOf(words[word] as number)
      if ((((isGram[hash >>> 5] as number) >>> (hash & 31)) & 1) !== 0) {
        this.#verify(bytes, begin + word * GRAM, hash, from, to, hit)
      }
    }
  }

  #verify(
    bytes: Buffer,
    at: number,
    hash: number,
    from: number,
    to: number,
    hit: (id: number, at: number) => void,
  ): void {
    for (const { id, bytes: pattern, offset } of this.#candidates[hash] ?? []) {
      const start = at - offset
      if (start >= from && start + pattern.length <= to && isAt(bytes, start, pattern))
        hit(id, start)
    }
  }

  /** What is shorter than a window is looked for one after the other. */
  #withShort(bytes: Buffer, from: number, to: number): { id: number; at: number }[] {
    const found: { id: number; at: number }[] = []
    this.#searchLong(bytes, from, to, (id, at) => found.push({ id, at }))
    const region = bytes.subarray(from, to)
    for (const { id, bytes: pattern } of this.#short) {
      for (let at = region.indexOf(pattern); at !== -1; at = region.indexOf(pattern, at + 1)) {
        found.push({ id, at: from + at })
      }
    }
    return found.sort((left, right) => left.at - right.at)
  }

  #fill(patterns: readonly Candidate[]): void {
    const uses = new Map<number, number>()
    for (const hash of patterns.flatMap(({ bytes }) => hashesOf(bytes))) {
      uses.set(hash, (uses.get(hash) ?? 0) + 1)
    }
    for (const hash of hashesOf(Buffer.from(EVERYWHERE))) uses.set(hash, EVERYWHERE_USES)
    for (const { id, bytes } of patterns) {
      const hashes = hashesOf(bytes)
      const begin = rarest(hashes, uses)
      for (const [index, hash] of hashes.slice(begin, begin + GRAM).entries()) {
        this.#isGram[hash >>> 5] = (this.#isGram[hash >>> 5] ?? 0) | (1 << (hash & 31))
        const candidate = { id, bytes, offset: begin + index }
        this.#candidates[hash] = [...(this.#candidates[hash] ?? []), candidate]
      }
    }
  }
}

/** The hash of each gram of a pattern. */
function hashesOf(bytes: Uint8Array): readonly number[] {
  const view = Buffer.from(bytes)
  return Array.from({ length: bytes.length - GRAM + 1 }, (_, at) => hashOf(wordAt(view, at)))
}

/** As the machine reads a word of memory. */
function wordAt(bytes: Buffer, at: number): number {
  return IS_LITTLE_ENDIAN ? bytes.readInt32LE(at) : bytes.readInt32BE(at)
}

const IS_LITTLE_ENDIAN = endianness() === 'LE'

/** Where the grams begin that the fewest patterns share; words that all logs use are shared most. */
function rarest(hashes: readonly number[], uses: ReadonlyMap<number, number>): number {
  let best = 0
  let least = Infinity
  for (let begin = 0; begin + GRAM <= hashes.length; begin++) {
    const window = hashes.slice(begin, begin + GRAM)
    const sum = window.reduce((total, hash) => total + (uses.get(hash) ?? 0), 0)
    if (sum < least) [best, least] = [begin, sum]
  }
  return best
}

/** Knuth's multiplicative hash: the upper bits of the product with 2^32 / golden ratio. */
function hashOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
}

function isAt(bytes: Uint8Array, start: number, pattern: Uint8Array): boolean {
  for (let index = 0; index < pattern.length; index++) {
    if (bytes[start + index] !== pattern[index]) return false
  }
  return true
}

/** How a text stands in a string of JSON, of logfmt or klog, or of one within the other. */
function spellings(text: string): readonly string[] {
  const all = new Set([text])
  let quoted = text
  for (let depth = 0; depth < 3; depth++) {
    quoted = JSON.stringify(quoted).slice(1, -1)
    all.add(quoted)
  }
  // encoding/json of Go writes these three as escapes.
  const html = text
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('>', String.raw`\u003e`)
    .replaceAll('&', String.raw`\u0026`)
  all.add(html)
  all.add(
    JSON.stringify(html)
      .slice(1, -1)
      .replaceAll(String.raw`\\u00`, String.raw`\u00`),
  )
  return [...all]
}

/** A text without the escapes of the formats around it, to compare with what an advisory says. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text
    .replaceAll(String.raw`\u003c`, '<')
    .replaceAll(String.raw`\u003e`, '>')
    .replaceAll(String.raw`\u0026`, '&')
    .replace(/\\+"/g, '"')
}
