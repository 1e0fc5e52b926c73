import type { Advisory } from '../advisories/advisory.ts'
import type { Exposure } from '../advisories/exposure.ts'
import type { Probe } from '../advisories/probes.ts'
import type { Fact } from './fact.ts'

/** How sure a cause is. */
export type Sure = 'certain' | 'likely' | 'possible'

/** A fact that speaks for a cause, or against it. */
export interface Evidence {
  readonly fact: Fact
  /** What the advisory knows: the text of a symptom, or a probe. */
  readonly known: { readonly symptom: string } | { readonly probe: Probe }
  readonly weight: 'decisive' | 'strong' | 'weak' | 'contradicts'
  /** Further facts that say the same. */
  readonly alike: number
  /** Who saw it: kinds of logs, the condition, a probe. */
  readonly seenBy: readonly string[]
}

/** A cause that the facts speak for. */
export interface Finding {
  readonly advisory: Advisory
  readonly sure: Sure
  readonly score: number
  /** How the score comes about; the sum of `points` is the score. */
  readonly reasons: readonly Reason[]
  /** The weightiest first. */
  readonly evidence: readonly Evidence[]
  readonly contradicting: readonly Evidence[]
  readonly exposure: ExposureOrUnknown
}

/** `unknown` where no version of a component is known that the advisory speaks of. */
export type ExposureOrUnknown = Exposure | { readonly is: 'unknown' }

/** A part of a score. */
export interface Reason {
  readonly points: number
  readonly why:
    | { readonly is: 'decisive' | 'strong' | 'weak' | 'contradicts'; readonly count: number }
    | { readonly is: 'sources'; readonly count: number }
    | { readonly is: 'version'; readonly exposure: ExposureOrUnknown; readonly bounded: boolean }
}
