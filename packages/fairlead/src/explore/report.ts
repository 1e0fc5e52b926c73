import type { BootOptions } from './boot-options.ts'
import type { FaultKind } from './faults.ts'
import type { Story } from './story.ts'

/** How schedules are chosen, and how many. */
export type Search =
  | { readonly strategy: 'exhaustive'; readonly preemptions: number; readonly runs: number }
  | { readonly strategy: 'random'; readonly seed: number; readonly runs: number }
  | {
      readonly strategy: 'pct'
      readonly seed: number
      readonly depth: number
      readonly runs: number
    }

/** A fault of a subject, with the plainest run that shows it. */
export interface Finding {
  readonly kind: FaultKind
  /** What it came to, in one sentence. */
  readonly message: string
  /** Who waits for whom in the end. */
  readonly waits: readonly string[]
  /** The first schedule that showed it, counted from 1. */
  readonly foundAfter: number
  /** How many schedules showed it. */
  readonly seenIn: number
  /** Plays the story again. */
  readonly replay: string
  readonly story: Story
}

/** What a search among the schedules of one subject came to. */
export interface SubjectReport {
  readonly subject: string
  readonly schedules: number
  /** Whether these are all schedules within the bound. */
  readonly complete: boolean
  readonly schedulesPerSecond: number
  /** The faults that it was searched for; a model without attachments cannot show a leak. */
  readonly searchedFor: readonly FaultKind[]
  readonly findings: readonly Finding[]
}

/** What `fairlead explore` found: the contract with programs and with the page. */
export interface ExploreReport {
  readonly kind: 'fairlead.explore'
  readonly version: 1
  readonly search: Search
  readonly boot: BootOptions
  readonly subjects: readonly SubjectReport[]
}

/** What one replayed run came to. */
export interface ReplayReport {
  readonly kind: 'fairlead.explore.replay'
  readonly version: 1
  readonly subject: string
  readonly replay: string
  readonly faults: readonly Pick<Finding, 'kind' | 'message' | 'waits'>[]
  readonly story: Story
}
