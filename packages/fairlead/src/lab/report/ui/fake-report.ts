import { cellsOf } from '../cells.ts'
import type { Plan, Report, Timeline, TrialReport, Verdict, VerdictWord } from '../report.ts'

const MACHINE = { os: 'Debian 12', kernel: '6.1.0', arch: 'x64', cpus: 2 }

/** A report of `trials` over the runtimes r1, r2 and the scenarios s1, s2; for tests. */
export function fakeReport(
  trials: readonly TrialReport[],
  fields: Partial<Omit<Report, 'plan'>> & { readonly plan?: Partial<Plan> } = {},
): Report {
  const plan: Plan = { seed: 7, trials: 1, untilSure: false, confidence: 95, ...fields.plan }
  const runtimes = ['r1', 'r2'].map((name) => ({ name, version: '1', machine: MACHINE }))
  const scenarios = ['s1', 's2'].map((name) => ({
    name,
    digest: '0'.repeat(64),
    title: name,
    why: '',
    failureModes: [],
  }))
  const made = { runtimes, scenarios, trials, ...fields }
  return {
    kind: 'fairlead.lab.report',
    version: 2,
    startedAt: '2026-08-02T14:05:00.000Z',
    durationMs: 60_000,
    ...made,
    plan,
    cells: cellsOf(made, plan.confidence),
  }
}

/** A trial to which nothing happened but what is given; for tests. */
export function fakeTrial(
  fields: {
    readonly id?: string
    readonly runtime?: string
    readonly scenario?: string
    readonly trial?: number
    readonly word?: VerdictWord
    readonly statusSilenceMs?: number
    readonly verdict?: Partial<Verdict>
  } = {},
): TrialReport {
  const { runtime = 'r1', scenario = 's1', trial = 1, word = 'pass' } = fields
  const { id = `${runtime}.${scenario}.${trial}` } = fields
  return {
    id,
    runtime,
    scenario,
    trial,
    startMs: 0,
    durationMs: 60_000,
    repeats: 0,
    verdict: {
      word,
      reasons: [],
      latenessMs: 0,
      statusAnswered: true,
      statusSilenceMs: fields.statusSilenceMs ?? 0,
      ready: [],
      ...fields.verdict,
    },
    files: {
      trace: `traces/${id}.jsonl`,
      runtimeLog: `logs/${id}.log`,
      timeline: `traces/${id}.js`,
    },
    again: `fairlead lab run --runtime ${runtime} --scenario ${scenario} --seed 7`,
  }
}

/** Trials 1, 2, ... of one cell, with these verdicts; for tests. */
export function fakeTrials(
  runtime: string,
  scenario: string,
  ...words: readonly VerdictWord[]
): TrialReport[] {
  return words.map((word, index) => fakeTrial({ runtime, scenario, word, trial: index + 1 }))
}

/** A timeline in which nothing happened but what is given; for tests. */
export function fakeTimeline(fields: Partial<Timeline> = {}): Timeline {
  return {
    durationMs: 60_000,
    steps: [],
    status: [],
    silences: [],
    confEvents: [],
    cniLoads: [],
    execs: [],
    pods: [],
    runtime: [],
    ...fields,
  }
}
