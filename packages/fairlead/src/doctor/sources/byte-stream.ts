/** Bytes that come in pieces, read by somebody who first wants to see how they begin. */
export class ByteStream {
  readonly #pieces: AsyncIterator<Uint8Array>
  /** What has come and is not read yet. It is read before the next piece comes, which may reuse its memory. */
  #piece: Uint8Array = new Uint8Array(0)

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** The next bytes, which stay unread; fewer only at the end. */
  async head(count: number): Promise<Buffer> {
    const bytes = await this.read(count)
    this.#piece = Buffer.concat([bytes, this.#piece])
    return bytes
  }

  /** The next bytes, as a copy; fewer only at the end. */
  async read(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    for await (const part of this.take(count)) parts.push(Uint8Array.from(part))
    return Buffer.concat(parts)
  }

  /** The next bytes in pieces, each valid until the next one is asked for. */
  async *take(count = Infinity): AsyncGenerator<Uint8Array, void> {
    for (let left = count; left > 0;) {
      if (this.#piece.length === 0 && !(await this.#more())) return
      const part = this.#piece.subarray(0, left)
      this.#piece = this.#piece.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  /** Reads on without a look. Returns how many bytes there were. */
  async skip(count: number): Promise<number> {
    let skipped = 0
    for await (const part of this.take(count)) skipped += part.length
    return skipped
  }

  /** Ends what the bytes come from. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  async #more(): Promise<boolean> {
    const next = await this.#pieces.next()
    if (next.done === true) return false
    this.#piece = next.value
    return true
  }
}
