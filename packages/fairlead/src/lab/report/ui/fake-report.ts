import type { Report, Timeline, TrialReport, VerdictWord } from '../report.ts'

/** A report of `trials` over the runtimes r1, r2 and the scenarios s1, s2; for tests. */
export function fakeReport(trials: readonly TrialReport[]): Report {
  return {
    kind: 'fairlead.lab.report',
    version: 1,
    startedAt: '2026-08-02T14:05:00Z',
    durationMs: 60_000,
    runtimes: ['r1', 'r2'].map((name) => ({ name, version: '1' })),
    scenarios: ['s1', 's2'].map((name) => ({ name, title: name, why: '', failureModes: [] })),
    trials,
  }
}

/** A trial in which nothing happened but `timeline`; for tests. */
export function fakeTrial(
  fields: {
    readonly id?: string
    readonly runtime?: string
    readonly scenario?: string
    readonly trial?: number
    readonly word?: VerdictWord
    readonly statusSilenceMs?: number
    readonly timeline?: Partial<Timeline>
  } = {},
): TrialReport {
  const { id = 'r1.s1.1', runtime = 'r1', scenario = 's1', trial = 1, word = 'pass' } = fields
  return {
    id,
    runtime,
    scenario,
    trial,
    verdict: { word, reasons: [], statusSilenceMs: fields.statusSilenceMs ?? 0, ready: [] },
    files: { trace: `${id}.jsonl`, runtimeLog: `${id}.log` },
    timeline: {
      durationMs: 60_000,
      steps: [],
      status: [],
      silences: [],
      confEvents: [],
      cniLoads: [],
      execs: [],
      pods: [],
      runtime: [],
      ...fields.timeline,
    },
  }
}
