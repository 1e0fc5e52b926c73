import type { Fact } from '../fact.ts'

/** A part of a source that could not be read, or not wholly; the rest is. */
export interface Problem {
  readonly source: string
  readonly what: string
}

/** What was looked at, so that nothing found is an answer, too. */
export interface Coverage {
  /** What the source is, in words: `a folder`, `a bundle of talosctl support`. */
  readonly name: string
  readonly layout: string
  files: number
  bytes: number
  /** By the path of a file, when it was last written. */
  readonly modifiedMs: Map<string, number>
  readonly problems: Problem[]
}

/** Somewhere that facts come from: files, a bundle, a live node, a cluster. */
export interface Source {
  /** Counted while `facts` are read. */
  readonly coverage: Coverage
  /** Reads the source once. Does not reject for what is broken in it: that becomes a problem. */
  facts(signal: AbortSignal): AsyncIterable<Fact>
}
