import type { World } from './world.ts'

/** The primary, and one that delegates to it. */
export const FILES = ['05-cilium.conflist', '00-meta.conflist'] as const

/** What installers keep in the source dirs, and what has become of it. */
export class SourceFiles {
  readonly #world: World
  readonly #cniVersion: string
  readonly #onChange: () => void
  readonly #texts = new Map<string, string>()
  readonly #whole = new Set<string>()
  readonly #gone = new Map<string, { readonly atMs: number; readonly backAtMs?: number }>()

  constructor(world: World, cniVersion: string, onChange: () => void) {
    this.#world = world
    this.#cniVersion = cniVersion
    this.#onChange = onChange
  }

  /** What they hold now. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts
  }

  /** An installer writes a file, whole. */
  write(file: string, version: string): void {
    const text = this.#textOf(file, version)
    this.#whole.add(`${file} ${text}`)
    this.#put(file, text)
  }

  /** An installer leaves a file half-written. */
  writeHalf(file: string): void {
    this.#put(file, this.#textOf(file, 'half').slice(0, 40))
  }

  take(file: string): void {
    this.#texts.delete(file)
    this.#gone.set(file, { atMs: this.#world.clock.now() })
    this.#onChange()
  }

  /** Whether a file ever had this text, whole. */
  wasWhole = (file: string, text: string): boolean => this.#whole.has(`${file} ${text}`)

  /** How long a file has been gone; undefined where it is there. */
  goneForMs = (file: string): number | undefined => {
    const nowMs = this.#world.clock.now()
    const { atMs, backAtMs = Infinity } = this.#gone.get(file) ?? {}
    // What comes back at the very moment at which the agent acts, it cannot know of.
    return atMs !== undefined && backAtMs >= nowMs ? nowMs - atMs : undefined
  }

  /** How what is published differs from what it should be; undefined where it does not. */
  difference(published: ReadonlyMap<string, string>): string | undefined {
    // Where all have gone, all stay: the last may not go.
    const gone = [...published.keys()].filter((file) => !this.#texts.has(file))
    if (gone.length > 0 && gone.length < published.size) return `${gone[0]} is still published`
    for (const [file, text] of this.#texts) {
      if (!isWhole(text)) continue
      const isThere = published.get(file) === text
      if (isRefused(text) ? isThere : !isThere && !this.#waits(file)) {
        return `${file} is published as ${published.get(file) ?? 'nothing'}, and the source has ${text}`
      }
    }
    return undefined
  }

  #put(file: string, text: string): void {
    this.#world.say(`puts ${file} there`, '')
    this.#texts.set(file, text)
    const gone = this.#gone.get(file)
    if (gone?.backAtMs === undefined && gone !== undefined) {
      this.#gone.set(file, { ...gone, backAtMs: this.#world.clock.now() })
    }
    this.#onChange()
  }

  #textOf(file: string, version: string): string {
    const isMeta = file === FILES[1]
    const plugin = isMeta ? { type: 'multus', clusterNetwork: 'cilium' } : { type: 'cilium-cni' }
    return JSON.stringify({
      cniVersion: this.#cniVersion,
      name: isMeta ? 'multus' : 'cilium',
      plugins: [{ ...plugin, version }],
    })
  }

  /** Whether what a network delegates to cannot come. */
  #waits(file: string): boolean {
    const primary = this.#texts.get(FILES[0])
    const isUsable = primary !== undefined && isWhole(primary) && !isRefused(primary)
    return file === FILES[1] && !isUsable
  }
}

/** Writes take turns: the network that delegates first, for the primary has come by then. */
export function fileOf(number: number): string {
  return FILES[number % 2] ?? FILES[0]
}

/** Whether a file is more than half-written. */
export function isWhole(text: string): boolean {
  return text.endsWith('}')
}

/** A version that is valid, and that the runtime refuses to load. */
export function refusedVersion(number: number): string {
  return `refused ${number}`
}

/** Whether the runtime refuses to load a text. */
export function isRefused(text: string): boolean {
  return text.includes('"refused ')
}
