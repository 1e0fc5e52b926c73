import type { Fact } from './fact.ts'

/** Makes facts of the bytes of one file, which come in pieces of any size. */
export interface FactReader {
  /** `bytes` are read before this returns, and not kept. */
  push(bytes: Uint8Array): readonly Fact[]
  /** What only the end of the file makes a fact. */
  end(): readonly Fact[]
}

/** A file as its reader knows it. */
export interface SourceFile {
  /** A path within what was given, with `/`. */
  readonly path: string
  /** The node that the place of the file tells; undefined where it tells none. */
  readonly node: string | undefined
  /** When it was last written: what lacks a year was written before. Undefined where that is not known. */
  readonly modifiedMs: number | undefined
}
