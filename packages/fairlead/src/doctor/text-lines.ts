/** Splits bytes into lines for readers that look at each; what is longer than a limit is cut. */
export class TextLines {
  readonly #limit: number
  readonly #decoder = new TextDecoder()
  #rest = ''
  #isCut = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The lines that end within these bytes, without their ends. */
  push(bytes: Uint8Array): readonly string[] {
    return this.#split(this.#decoder.decode(bytes, { stream: true }))
  }

  /** What the file ends with, if that is no line end. */
  end(): readonly string[] {
    const lines = this.#split(this.#decoder.decode())
    return this.#rest === '' ? lines : [...lines, this.#rest]
  }

  #split(text: string): readonly string[] {
    const parts = text.split('\n')
    return parts.flatMap((part, index) => {
      if (!this.#isCut) this.#rest += part
      this.#isCut = this.#rest.length > this.#limit
      if (this.#isCut) this.#rest = this.#rest.slice(0, this.#limit)
      if (index === parts.length - 1) return []
      const line = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest
      this.#rest = ''
      this.#isCut = false
      return [line]
    })
  }
}
