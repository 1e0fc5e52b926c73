import type { Timeline, Verdict } from '../report.ts'

/** What a timeline is drawn from. */
export interface Evidence {
  readonly verdict: Verdict
  readonly timeline: Timeline
}
