import type { ReadyCondition } from '../../kubelet/ready-condition.ts'

/**
 * The contract between the lab, which writes a report, and whoever reads it: the HTML page,
 * `report.json`, the commands that compare and merge. Plain JSON throughout; published as
 * `scenarios/report.schema.json`.
 */
export interface Report {
  readonly kind: 'fairlead.lab.report'
  /** Raised when the meaning of a field changes. */
  readonly version: typeof REPORT_VERSION
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  readonly plan: Plan
  /** In the order given on the command line. */
  readonly runtimes: readonly RuntimeRow[]
  readonly scenarios: readonly ScenarioSummary[]
  /** Every cell of the matrix that has a trial, in the order of the scenarios, then of the runtimes. */
  readonly cells: readonly Cell[]
  /** In the order in which they were run. */
  readonly trials: readonly TrialReport[]
  /** What was asked for and cannot be run there; absent if there is nothing of it. */
  readonly skipped?: readonly SkippedCell[]
}

/** A scenario that was not run on a runtime, and why. */
export interface SkippedCell {
  readonly runtime: string
  readonly scenario: string
  /** The rest of a sentence that begins with "skipped:". */
  readonly reason: string
}

/** Version 2: timelines are files of their own, cells have rates. */
export const REPORT_VERSION = 2

/** What was to be run. Reports of one plan can be merged. */
export interface Plan {
  /** Decides the order of the trials. */
  readonly seed: number
  /** Trials of each cell; with `untilSure`, at most. */
  readonly trials: number
  /** Whether a cell ended as soon as its rate was known well enough. */
  readonly untilSure: boolean
  /** Of every interval in the report, in per cent. */
  readonly confidence: Confidence
  /** What the step `upgrade-runtime` started, as the user named it; absent if the same version. */
  readonly upgradeTo?: string
  /** The version of the real kubelet that ran beside the runtimes; absent if there was none. */
  readonly kubelet?: string
  /** Which part of the cells was run; absent for all of them. */
  readonly shard?: Shard
}

/** Confidence levels of an interval, in per cent. */
export const CONFIDENCES = [80, 90, 95, 99] as const

/** One of {@link CONFIDENCES}. */
export type Confidence = (typeof CONFIDENCES)[number]

/** The `index`th of `count` parts, counted from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** A runtime under test, on the machine it ran on. */
export interface RuntimeRow {
  /** As the user named it; with the machine in merged reports of several kinds of machine. */
  readonly name: string
  /** What the binary says of itself. */
  readonly version: string
  readonly machine: Machine
}

/** What of a machine may change a verdict. */
export interface Machine {
  /** The distribution's own name for itself. */
  readonly os: string
  readonly kernel: string
  readonly arch: string
  readonly cpus: number
}

/** What one scenario came to on one runtime. */
export interface Cell {
  readonly runtime: string
  readonly scenario: string
  /** How many trials came to each verdict, the worst first. */
  readonly verdicts: readonly { readonly word: VerdictWord; readonly count: number }[]
  /** Trials that say something about the runtime: all but `inconclusive` and `error`. */
  readonly judged: number
  readonly passed: number
  /** Wilson interval of the rate of passing, 0 to 1; 0 to 1 if nothing was judged. */
  readonly passRate: Interval
}

/** From `low` to `high`. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** What a scenario is about, for people. */
export interface ScenarioSummary {
  readonly name: string
  /** SHA-256 of the scenario and its stack, in hex: what makes two of one name the same. */
  readonly digest: string
  /** The name of its stack; absent in reports of older versions. */
  readonly stack?: string
  readonly title: string
  readonly why: string
  /** Ids of known failure modes that the scenario comes from. */
  readonly failureModes: readonly string[]
}

/**
 * - `pass`: everything the scenario expects held.
 * - `inconclusive`: the machine was too slow to judge; it says nothing about the runtime.
 * - `leak`: attachments or network namespaces were left after every pod was removed.
 * - `wrong`: the runtime did what the scenario says it must not: pods that do not run, a pod on another
 *   network, a network said to be ready that cannot be.
 * - `flap`: the node or its network was NotReady, then recovered.
 * - `stall`: Status was silent for longer than the scenario allows, then answered again.
 * - `wedge`: the node did not come back although nothing held it back any more.
 * - `crash`: the runtime's process ended by itself.
 * - `error`: the trial could not be carried out; it says nothing about the runtime.
 */
export type VerdictWord =
  | 'pass'
  | 'inconclusive'
  | 'leak'
  | 'wrong'
  | 'flap'
  | 'stall'
  | 'wedge'
  | 'crash'
  | 'error'

/** Worst last. */
export const VERDICT_WORDS: readonly VerdictWord[] = [
  'pass',
  'inconclusive',
  'leak',
  'wrong',
  'flap',
  'stall',
  'wedge',
  'crash',
  'error',
]

/** Whether a verdict says something about the runtime. */
export function isJudged(word: VerdictWord): boolean {
  return word !== 'inconclusive' && word !== 'error'
}

/** What a trace shows. */
export interface Verdict {
  readonly word: VerdictWord
  /** One sentence for each expectation that did not hold, the one that decided first. */
  readonly reasons: readonly string[]
  /** When what decided began to show, ms; absent if it has no moment. */
  readonly failedAtMs?: number
  /** The latest that the lab's own clocks ran, ms. */
  readonly latenessMs: number
  /** Whether `Status` was ever answered. */
  readonly statusAnswered: boolean
  /** The longest silence of `Status`, ms; 0 if it answered throughout. */
  readonly statusSilenceMs: number
  /** The Ready condition that kubelet posted or would have posted, transition by transition. */
  readonly ready: readonly ReadyCondition[]
  /** The version of the real kubelet that posted it; absent where a model of kubelet 1.32 says what it would have. */
  readonly kubelet?: string
  /** The runtime's own last CNI load error, if any load failed. */
  readonly lastCniLoadError?: string
  /** What the agent in front has done about a silence of `Status`, a sentence each. */
  readonly repairs?: readonly string[]
}

/** One trial: its verdict, and where its evidence is. */
export interface TrialReport {
  /** Unique in the report and safe in a file name, e.g. `containerd-debian-trixie.slow-add-reload.1`. */
  readonly id: string
  readonly runtime: string
  readonly scenario: string
  /** Counts from 1 for each runtime and scenario. */
  readonly trial: number
  /** When it began, ms since the run did. */
  readonly startMs: number
  readonly durationMs: number
  /** How often it was run before and found inconclusive. */
  readonly repeats: number
  readonly verdict: Verdict
  /** Files beside the report, relative to it; the timeline is a script that the page loads. */
  readonly files: {
    readonly trace: string
    readonly runtimeLog: string
    readonly timeline: string
  }
  /** The command that runs such a trial again. */
  readonly again: string
  /** What `fairlead doctor` makes of a trial that failed, the likeliest first; absent where it was not asked. */
  readonly findings?: readonly TrialFinding[]
}

/** A known cause that a trial's own log and trace speak for. */
export interface TrialFinding {
  /** The id of an advisory. */
  readonly advisory: string
  readonly title: string
  readonly sure: 'certain' | 'likely' | 'possible'
  /** What speaks for it, the weightiest first. */
  readonly evidence: readonly string[]
}

/** Everything the page draws of one trial; a file of its own, as it is large. */
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
