import { createContext } from 'preact'
import type { Timeline, TrialReport } from '../report.ts'
import { relativeHref } from './format.ts'
import { loadTimeline } from './load-timeline.ts'

/** Where the evidence of a trial is, which is too large to be in its report. */
export interface EvidenceSource {
  /** Undefined where it is not there. */
  readonly timeline: (trial: TrialReport) => Promise<Timeline | undefined>
  readonly href: (trial: TrialReport, file: 'trace' | 'runtimeLog') => string
  /** What to say where there is no timeline, after a colon. */
  readonly missing: (trial: TrialReport) => string
}

/** Beside a page that was opened from disk. */
const besidePage: EvidenceSource = {
  timeline: loadTimeline,
  href: ({ files }, file) => relativeHref(files[file]),
  missing: ({ files }) =>
    `there is no ${files.timeline} beside this page. Keep the page with its folder traces, or make it with --inline.`,
}

/** What the trials of a page take their evidence from. */
export const Evidences = createContext<EvidenceSource>(besidePage)
