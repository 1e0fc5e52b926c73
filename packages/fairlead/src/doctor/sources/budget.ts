/** Logs shrink to a thirtieth; what grows more than that many times was made to fill something. */
const RATIO_AT_MOST = 250
const FREE_BYTES = 256 * 1024 * 1024

/** How much a packed file may grow to, in all its layers together. */
export class Budget {
  #left: number

  /** @param packedBytes the size of the file on disk */
  constructor(packedBytes: number) {
    this.#left = FREE_BYTES + RATIO_AT_MOST * packedBytes
  }

  get isSpent(): boolean {
    return this.#left < 0
  }

  /** Takes bytes that were unpacked. Throws where there are more than any log makes. */
  spend(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) {
      throw new Error(`unpacks to more than ${RATIO_AT_MOST} times its size; the rest is not read`)
    }
  }
}
