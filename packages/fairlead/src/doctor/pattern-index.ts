/** Bytes of the text that one look covers. */
const GRAM = 4
/** A pattern as long as this is found by looking at every 9th place only. */
const LONGEST_WINDOW = 12
const SHORTEST_WINDOW = 6
const TABLE_BITS = 16

interface Candidate {
  readonly id: number
  readonly bytes: Uint8Array
  /** Where in the pattern the look was. */
  readonly offset: number
}

/**
 * Finds many texts in bytes at once. From each pattern a window of the same length is taken, the rarest
 * one; whatever place of a text the pattern stands at, one of the grams of its window lies at a place
 * that the search looks at, for it looks at every so many. Most looks end with one entry of a table.
 */
export class PatternIndex {
  /** What is looked for, byte by byte: each text in all its spellings. */
  readonly spellings: readonly string[]
  readonly #candidates: (readonly Candidate[] | undefined)[] = Array.from({
    length: 1 << TABLE_BITS,
  })
  readonly #isGram: Uint8Array = new Uint8Array(1 << TABLE_BITS)
  readonly #short: readonly Candidate[]
  readonly #stride: number

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
    const long = patterns.filter(({ bytes }) => bytes.length >= SHORTEST_WINDOW)
    this.#short = patterns.filter(({ bytes }) => bytes.length < SHORTEST_WINDOW)
    const window = Math.min(LONGEST_WINDOW, ...long.map(({ bytes }) => bytes.length))
    this.#stride = window - GRAM + 1
    this.#fill(long, window)
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
    const stride = this.#stride
    for (let at = from, end = to - GRAM; at <= end; at += stride) {
      const hash = hashAt(bytes, at)
      if (isGram[hash] !== 0) this.#verify(bytes, at, hash, from, to, hit)
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

  #fill(patterns: readonly Candidate[], window: number): void {
    const uses = new Map<number, number>()
    for (const { bytes } of patterns) {
      for (let at = 0; at + GRAM <= bytes.length; at++) {
        const hash = hashAt(bytes, at)
        uses.set(hash, (uses.get(hash) ?? 0) + 1)
      }
    }
    for (const { id, bytes } of patterns) {
      const begin = rarestWindow(bytes, window, uses)
      for (let offset = begin; offset < begin + this.#stride; offset++) {
        const hash = hashAt(bytes, offset)
        this.#isGram[hash] = 1
        this.#candidates[hash] = [...(this.#candidates[hash] ?? []), { id, bytes, offset }]
      }
    }
  }
}

/** The part of a pattern whose grams the fewest patterns share; words that all logs use are shared most. */
function rarestWindow(
  bytes: Uint8Array,
  window: number,
  uses: ReadonlyMap<number, number>,
): number {
  let best = 0
  let least = Infinity
  for (let begin = 0; begin + window <= bytes.length; begin++) {
    let sum = 0
    for (let at = begin; at + GRAM <= begin + window; at++) sum += uses.get(hashAt(bytes, at)) ?? 0
    if (sum < least) [best, least] = [begin, sum]
  }
  return best
}

function hashAt(bytes: Uint8Array, at: number): number {
  // No place beyond the end is asked for; a check of each byte would cost as much as the look.
  const gram =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  // Knuth's multiplicative hash: the upper bits of the product with 2^32 / golden ratio.
  return Math.imul(gram, 0x9e3779b1) >>> (32 - TABLE_BITS)
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
