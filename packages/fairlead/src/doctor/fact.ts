import type { Component, SymptomSource } from '../advisories/advisory.ts'
import type { Probe } from '../advisories/probes.ts'
import type { WrittenTime } from './formats/written-time.ts'

/** Where a fact was read: a file of a bundle, or what was asked on the node. */
interface Place {
  /** A path within the bundle, or e.g. `/run/containerd/containerd.sock`, `/proc/4711`. */
  readonly source: string
  /** Counted from 1. */
  readonly line?: number
}

interface Observed {
  /** The node it tells of; undefined where the source does not say. */
  readonly node: string | undefined
  /** Milliseconds since 1970 in UTC; undefined where the source has no time, or none that is certain. */
  readonly atMs: number | undefined
  /** What the source wrote, where that lacks the year or the zone; `align` makes `atMs` of it. */
  readonly written?: WrittenTime | undefined
  readonly place: Place
}

/** A line that a component wrote, whatever its format was. */
export interface LineFact extends Observed {
  readonly kind: 'line'
  readonly from: SymptomSource
  /** Printable, and without secrets; see `safeText`. */
  readonly text: string
  /** Lines alike that came before this one in the same file and are no facts of their own. */
  readonly more?: number | undefined
}

/** Something that Fairlead looks for by itself, and found. */
export interface ProbeFact extends Observed {
  readonly kind: 'probe'
  readonly probe: Probe
  /** One sentence, with the numbers: `cilium-cni (pid 4711) has run ADD for 94 s`. */
  readonly text: string
}

/** Which version of a component runs there, as it says itself. */
export interface VersionFact extends Observed {
  readonly kind: 'version'
  readonly component: Component
  readonly version: string
}

/** The Ready condition of a node, or another one that tells of its network. */
interface ConditionFact extends Observed {
  readonly kind: 'condition'
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

/** Another name of a node: an address of it, or what its own programs call it. */
interface NameFact extends Observed {
  readonly kind: 'name'
  readonly name: string
}

/** What a source says, and nothing that was concluded from it. */
export type Fact = LineFact | ProbeFact | VersionFact | ConditionFact | NameFact
