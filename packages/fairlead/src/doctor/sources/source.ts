import type { SymptomSource } from '../../advisories/advisory.ts'
import type { Fact } from '../fact.ts'
import { printable } from '../../safe-text.ts'

/** A part of a source that could not be read, or not wholly; the rest is. */
interface Problem {
  readonly source: string
  readonly what: string
}

/** What was looked at, so that nothing found is an answer, too. */
export interface Coverage {
  /** What the source is, in words: `a folder`, `a bundle of talosctl support`. */
  readonly name: string
  layout: string
  files: number
  bytes: number
  /** What else was looked at, by what it is: objects of a cluster, processes. */
  readonly counts: Map<string, number>
  /** By the path of a file that told something, when it was last written. */
  readonly modifiedMs: Map<string, number>
  readonly problems: Problem[]
  /** Kinds of sources that there was something to read of, also where it told nothing. */
  readonly seen: Set<SymptomSource>
}

/** Of what nothing has been read yet. */
export function newCoverage(name: string, layout: string): Coverage {
  return {
    name: printable(name),
    layout,
    files: 0,
    bytes: 0,
    counts: new Map(),
    modifiedMs: new Map(),
    problems: [],
    seen: new Set(),
  }
}

/** Somewhere that facts come from: files, a bundle, a live node, a cluster. */
export interface Source {
  /** Counted while `facts` are read. */
  readonly coverage: Coverage
  /** Reads the source once. Does not reject for what is broken in it: that becomes a problem. */
  facts(signal: AbortSignal): AsyncIterable<Fact>
}
