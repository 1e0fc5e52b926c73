import type { Probe } from '../advisories/probes.ts'

/** error: pods or the node fail as it is. warning: they will, at some event. note: good to know. */
export const SEVERITIES = ['error', 'warning', 'note'] as const

/** How bad a problem is. */
export type Severity = (typeof SEVERITIES)[number]

/** Something that a rule found. */
export interface Problem {
  readonly probe: Probe
  readonly severity: Severity
  /** The whole path. */
  readonly file: string
  /** From 1, as `column`. */
  readonly line?: number
  readonly column?: number
  /** One sentence. */
  readonly text: string
  /** What to do about it, in a sentence or two. */
  readonly nextStep: string
  /** The ids of the advisories that name the probe. */
  readonly advisories: readonly string[]
}
