type Verb = 'ADD' | 'DEL'

interface Attachment {
  readonly sandbox: string
  /** `sandbox interface`. */
  readonly key: string
  last: Verb
  state: 'runs' | 'done' | 'failed'
  isAttached: boolean
}

interface LastCall {
  readonly what: 'setup' | 'remove'
  succeeded: boolean | undefined
}

/**
 * What plugins did to sandboxes, as the kernel would know it, and what the callers were told; to be held
 * against the cache in the end.
 */
export class Ledger {
  readonly #attachments = new Map<string, Attachment>()
  readonly #calls = new Map<string, LastCall>()
  readonly #problems: string[] = []

  /** An attachment from before. */
  had(sandbox: string, ifName: string): void {
    this.begins('ADD', sandbox, ifName)(true)
  }

  /** A plugin begins; what it returns is to be told how it ended. */
  begins(verb: Verb, sandbox: string, ifName: string): (succeeded: boolean) => void {
    const other = this.#of(sandbox).find(({ state }) => state === 'runs')
    if (other !== undefined) {
      this.#problems.push(`${verb} of ${sandbox} runs beside its ${other.last}.`)
    }
    const key = `${sandbox} ${ifName}`
    const isAttached = this.#attachments.get(key)?.isAttached ?? false
    if (verb === 'ADD' && isAttached) this.#problems.push(`${key} is attached a second time.`)
    const attachment: Attachment = { sandbox, key, last: verb, state: 'runs', isAttached }
    this.#attachments.set(key, attachment)
    return (succeeded) => {
      attachment.state = succeeded ? 'done' : 'failed'
      if (succeeded) attachment.isAttached = verb === 'ADD'
    }
  }

  /** Somebody asks for a setup or a removal; what it returns is to be told the answer. */
  calls(what: LastCall['what'], sandbox: string): (succeeded: boolean) => void {
    const call: LastCall = { what, succeeded: undefined }
    this.#calls.set(sandbox, call)
    return (succeeded) => {
      call.succeeded = succeeded
    }
  }

  /** What is wrong when all is done; `cached` are the attachments of the cache, `sandbox interface`. */
  leaks(cached: readonly string[]): readonly string[] {
    const doubled = cached.filter((key, index) => cached.indexOf(key) !== index)
    return [
      ...this.#problems,
      ...doubled.map((key) => `The cache has ${key} twice.`),
      ...cached
        .filter((key) => !this.#attachments.has(key))
        .map((key) => `The cache has ${key}, which no plugin made.`),
      ...[...this.#attachments.values()].flatMap((each) => leakOf(each, cached.includes(each.key))),
      ...[...this.#calls].flatMap(([sandbox, call]) => this.#untrue(sandbox, call)),
    ]
  }

  #of(sandbox: string): Attachment[] {
    return [...this.#attachments.values()].filter((each) => each.sandbox === sandbox)
  }

  /** Calls of one sandbox count in the order they were made: the last one has the word. */
  #untrue(sandbox: string, { what, succeeded }: LastCall): string[] {
    const attachments = this.#of(sandbox)
    const isAttached = attachments.some((each) => each.isAttached)
    if (what === 'setup' && succeeded === true) {
      return isAttached ? [] : [`${sandbox} was set up and is not attached.`]
    }
    const isExcused = attachments.some(({ last, state }) => last === 'DEL' && state === 'failed')
    if (!isAttached || isExcused || (what === 'remove' && succeeded === false)) return []
    return [`${sandbox} is attached after its ${what === 'setup' ? 'setup failed' : 'removal'}.`]
  }
}

function leakOf({ key, last, state, isAttached }: Attachment, isCached: boolean): string[] {
  if (last === 'ADD' && state !== 'done') return [`ADD of ${key} failed and was not undone.`]
  if (isAttached && !isCached) return [`${key} is attached and not in the cache.`]
  if (!isAttached && isCached) return [`${key} is not attached and still in the cache.`]
  return []
}
