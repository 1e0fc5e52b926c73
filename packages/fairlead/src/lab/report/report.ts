import type { ReadyCondition } from '../../kubelet/ready-condition.ts'

/**
 * The contract between the lab, which writes a report, and whoever reads it: the HTML page,
 * `report.json`. Plain JSON throughout; times are ms since the trial began.
 */
export interface Report {
  readonly kind: 'fairlead.lab.report'
  /** Raised when the meaning of a field changes. */
  readonly version: 1
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  /** Rows of the matrix, in the order given on the command line. */
  readonly runtimes: readonly { readonly name: string; readonly version: string }[]
  /** Columns of the matrix. */
  readonly scenarios: readonly ScenarioSummary[]
  readonly trials: readonly TrialReport[]
}

/** What a scenario is about, for people. */
export interface ScenarioSummary {
  readonly name: string
  readonly title: string
  readonly why: string
  /** Ids of known failure modes that the scenario comes from. */
  readonly failureModes: readonly string[]
}

/**
 * - `pass`: everything the scenario expects held.
 * - `leak`: attachments or network namespaces were left after every pod was removed.
 * - `wrong`: the runtime did what the scenario says it must not: pods that do not run, a pod on another
 *   network, a network said to be ready that cannot be.
 * - `flap`: the node or its network was NotReady, then recovered.
 * - `stall`: Status was silent for longer than the scenario allows, then answered again.
 * - `wedge`: the node did not come back although nothing held it back any more.
 * - `crash`: the runtime's process ended by itself.
 * - `error`: the trial could not be carried out; it says nothing about the runtime.
 */
export type VerdictWord = 'pass' | 'leak' | 'wrong' | 'flap' | 'stall' | 'wedge' | 'crash' | 'error'

/** Worst last. */
export const VERDICT_WORDS: readonly VerdictWord[] = [
  'pass',
  'leak',
  'wrong',
  'flap',
  'stall',
  'wedge',
  'crash',
  'error',
]

/** What a trace shows. */
export interface Verdict {
  readonly word: VerdictWord
  /** One sentence for each expectation that did not hold, the one that decided first. */
  readonly reasons: readonly string[]
  /** The longest silence of `Status`, ms; 0 if it answered throughout. */
  readonly statusSilenceMs: number
  /** The Ready condition that kubelet would have posted, transition by transition. */
  readonly ready: readonly ReadyCondition[]
  /** The runtime's own last CNI load error, if any load failed. */
  readonly lastCniLoadError?: string
}

/** One trial: its verdict, and the timeline that the verdict was read from. */
export interface TrialReport {
  /** Unique in the report and safe in a file name, e.g. `containerd-debian-trixie.slow-add-reload.1`. */
  readonly id: string
  readonly runtime: string
  readonly scenario: string
  /** Counts from 1 for each runtime and scenario. */
  readonly trial: number
  readonly verdict: Verdict
  /** Files beside the report, relative to it. */
  readonly files: { readonly trace: string; readonly runtimeLog: string }
  readonly timeline: Timeline
}

/** Everything the page draws of one trial. */
export interface Timeline {
  readonly durationMs: number
  readonly steps: readonly { readonly atMs: number; readonly text: string }[]
  readonly status: readonly StatusSample[]
  /** Spans without any answer of `Status`, longer than 1 s. */
  readonly silences: readonly Span[]
  readonly confEvents: readonly ConfSample[]
  readonly cniLoads: readonly {
    readonly atMs: number
    readonly status: string
    readonly networks: readonly string[]
  }[]
  readonly execs: readonly ExecSpan[]
  readonly pods: readonly PodSpan[]
  readonly runtime: readonly { readonly atMs: number; readonly text: string }[]
}

/** A stretch of time; `endMs` is the end of the trial for what was still open then. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** One `Status` call. */
export interface StatusSample {
  readonly observer: 'kubelet' | 'probe'
  readonly startMs: number
  readonly latencyMs: number
  /** `not-ready`: answered, with NetworkReady or RuntimeReady false. */
  readonly outcome: 'ready' | 'not-ready' | 'failed' | 'unanswered'
}

/** One change in the conf dir; `sizeBytes` is null when the file is gone. */
export interface ConfSample {
  readonly atMs: number
  readonly file: string
  readonly sizeBytes: number | null
}

/** One plugin execution. */
export interface ExecSpan extends Span {
  readonly plugin: string
  readonly verb: string
  readonly pod?: string
  /** `running`: it had not ended when the trial did. */
  readonly outcome: string
}

/** One CRI call for a pod. */
export interface PodSpan extends Span {
  readonly pod: string
  readonly call: string
  readonly attempt: number
  readonly error?: string
}
