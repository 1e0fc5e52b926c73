import type { ReadyCondition } from '../../../kubelet/ready-condition.ts'
import type { Timeline, TrialReport, VerdictWord } from '../report.ts'
import { type TimeAxis, trialAxis } from './timeline/scale.ts'

/** What a timeline is drawn from. */
export interface Evidence {
  readonly ready: readonly ReadyCondition[]
  /** Since when a trial failed, and with which verdict. */
  readonly failure?: { readonly atMs: number; readonly word: VerdictWord }
  readonly statusSilenceMs: number
  readonly timeline: Timeline
  readonly axis: TimeAxis
  /** How many spans of one name are drawn below one another at most; absent for all. */
  readonly rowsMax?: number
}

/** What the timeline of a trial is drawn from. */
export function trialEvidence({ verdict }: TrialReport, timeline: Timeline): Evidence {
  const { ready, failedAtMs, word, statusSilenceMs } = verdict
  return {
    ready,
    ...(failedAtMs !== undefined && { failure: { atMs: failedAtMs, word } }),
    statusSilenceMs,
    timeline,
    axis: trialAxis(timeline.durationMs),
  }
}
