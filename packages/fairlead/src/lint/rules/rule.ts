import path from 'node:path'
import type { Binaries } from '../binaries.ts'
import type { ConfFile } from '../load.ts'
import type { Outcome } from '../outcome.ts'
import type { Problem } from '../problem.ts'
import type { DirReading } from '../reading.ts'
import type { PredictedRuntime } from '../runtime.ts'

/** All that rules look at; nothing is read from here on. */
export interface RuleInput {
  readonly reading: DirReading
  readonly runtime: PredictedRuntime
  readonly outcome: Outcome
  /** As the runtime's libcni reads them, in its order. */
  readonly files: readonly ConfFile[]
  /** Undefined where binaries are not to be looked at. */
  readonly binaries: Binaries | undefined
  /** Whether pods need the `loopback` plugin. */
  readonly needsLoopback: boolean
}

/** What a rule says; which advisories name it is added for all. */
export type Finding = Omit<Problem, 'advisories'>

/** A rule about a conf dir: pure, and independent of the order that the folder is listed in. */
export type Rule = (input: RuleInput) => readonly Finding[]

/** The whole path of an entry of the conf dir. */
export function inDir({ reading }: RuleInput, name: string): string {
  return path.join(reading.dir, name)
}

/** The names of the files that pods are attached by. */
export function countedFiles({ outcome }: RuleInput): ReadonlySet<string> {
  return new Set(outcome.networks.map(({ file }) => file))
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}

/** A good file, with what it configures. */
export type GoodFile = Extract<ConfFile, { ok: true }>

/** The files that can be read as configuration. */
export function goodFiles({ files }: RuleInput): readonly GoodFile[] {
  return files.filter((file) => file.ok)
}
