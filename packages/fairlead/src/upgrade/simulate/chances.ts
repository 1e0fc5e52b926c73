import type { Fault, Nature, Range } from './settings.ts'

/** Within this time after its boot a node may lapse. */
const LAPSES_WITHIN_MS = 600_000

const DAY_MS = 24 * 3_600_000

const WHAT = {
  fault: 0,
  breaks: 1,
  boot: 2,
  drain: 3,
  lapses: 4,
  lapseAt: 5,
  lapseFor: 6,
  outage: 7,
  outageFor: 8,
}

/**
 * What happens to which node: by the seed, the node and nothing else, so that the same nodes are struck whatever
 * policy is played.
 */
export class Chances {
  readonly #seed: number
  readonly #fault: Fault
  readonly #nature: Nature

  constructor({
    seed,
    fault,
    nature,
  }: {
    readonly seed: number
    readonly fault: Fault
    readonly nature: Nature
  }) {
    this.#seed = seed
    this.#fault = fault
    this.#nature = nature
  }

  /** How long after it is Ready with the new version the fault shows; undefined where it does not. */
  breaksAfterMs(node: number): number | undefined {
    if (this.#draw(node, WHAT.fault) >= this.#fault.rate) return undefined
    return this.#in(this.#fault.showsAfterMs, node, WHAT.breaks)
  }

  bootMs(node: number): number {
    return this.#in(this.#nature.bootMs, node, WHAT.boot)
  }

  drainMs(node: number): number {
    return this.#in(this.#nature.drainMs, node, WHAT.drain)
  }

  /** When a node is not Ready for a moment, counted from its boot. */
  lapse(node: number): { readonly afterMs: number; readonly forMs: number } | undefined {
    if (this.#draw(node, WHAT.lapses) >= this.#nature.flaps) return undefined
    return {
      afterMs: LAPSES_WITHIN_MS * this.#draw(node, WHAT.lapseAt),
      forMs: this.#in(this.#nature.flapMs, node, WHAT.lapseFor),
    }
  }

  /** When it fails for a reason of its own, counted from the beginning: as likely at one moment as at any other. */
  outage(node: number): { readonly atMs: number; readonly forMs: number } {
    const days = -Math.log(1 - this.#draw(node, WHAT.outage)) / this.#nature.outages
    return { atMs: days * DAY_MS, forMs: this.#in(this.#nature.outageMs, node, WHAT.outageFor) }
  }

  #in([from, to]: Range, node: number, what: number): number {
    return Math.round(from + (to - from) * this.#draw(node, what))
  }

  /** From 0 up to, but without, 1. */
  #draw(node: number, what: number): number {
    const mixed = mix((this.#seed ^ Math.imul(node + 1, 0x9e3779b1)) >>> 0)
    return mix((mixed ^ Math.imul(what + 1, 0x85ebca77)) >>> 0) / 2 ** 32
  }
}

/** murmur3's finalizer: neighbours come out unlike. */
function mix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
