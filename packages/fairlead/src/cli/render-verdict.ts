import type { ReadyCondition } from '../kubelet/ready-condition.ts'
import {
  type Report,
  type TrialReport,
  type Verdict,
  VERDICT_WORDS,
  type VerdictWord,
} from '../lab/report/report.ts'
import type { CliContext } from './context.ts'
import { type Paint, paint } from './paint.ts'
import { table } from './table.ts'

const PAINTS: Readonly<Record<VerdictWord, Paint>> = {
  pass: 'green',
  leak: 'yellow',
  wrong: 'yellow',
  flap: 'yellow',
  stall: 'red',
  wedge: 'red',
  crash: 'red',
  error: 'magenta',
}

/** A report as a table: one row for each runtime and scenario, and what went wrong below it. */
export function reportTable(report: Report, context: CliContext): string {
  const groups = report.scenarios.flatMap((scenario) =>
    report.runtimes.map((runtime) => ({
      runtime,
      scenario,
      trials: report.trials.filter(
        (trial) => trial.runtime === runtime.name && trial.scenario === scenario.name,
      ),
    })),
  )
  const rows = groups
    .filter(({ trials }) => trials.length > 0)
    .map(({ runtime, scenario, trials }) => [
      `${runtime.name} (${runtime.version})`,
      scenario.name,
      words(trials, context),
      silence(trials),
      kubeletView(worst(trials).verdict.ready),
    ])
  const heading = ['RUNTIME', 'SCENARIO', 'VERDICT', 'STATUS SILENT', 'KUBELET WOULD HAVE REPORTED']
  return table(heading, rows) + details(groups.flatMap(({ trials }) => trials))
}

/** A verdict as lines for people. */
export function verdictLines(verdict: Verdict, context: CliContext): string {
  const { stdout } = context.process
  return [
    paint(context, stdout, PAINTS[verdict.word], verdict.word),
    ...verdict.reasons.map((reason) => `  ${reason}`),
    ...(verdict.lastCniLoadError === undefined
      ? []
      : [`  The runtime's last CNI load error: ${verdict.lastCniLoadError}`]),
    `  kubelet would have reported: ${kubeletView(verdict.ready)}`,
    '',
  ].join('\n')
}

/** The Ready condition over time in one line, e.g. `Ready 0.3 s, NotReady 40.2 s (container runtime is down)`. */
export function kubeletView(ready: readonly ReadyCondition[]): string {
  const firstTrue = ready.findIndex((condition) => condition.status === 'True')
  if (firstTrue === -1) return `never Ready (${ready.at(-1)?.message ?? 'no Status answered'})`
  return ready.slice(firstTrue).map(oneCondition).join(', ')
}

function oneCondition({ atMs, status, message }: ReadyCondition): string {
  const at = `${(atMs / 1000).toFixed(1)} s`
  return status === 'True' ? `Ready ${at}` : `NotReady ${at} (${shorten(message)})`
}

// kubelet repeats the runtime's whole condition; the part that people search for comes first.
function shorten(message: string): string {
  return /^container runtime network not ready/.exec(message)?.[0] ?? message
}

function words(trials: readonly TrialReport[], context: CliContext): string {
  const { stdout } = context.process
  const counts = VERDICT_WORDS.map((word) => ({
    word,
    count: trials.filter((trial) => trial.verdict.word === word).length,
  })).filter(({ count }) => count > 0)
  return counts
    .map(({ word, count }) => {
      const text = trials.length === 1 ? word : `${word} ${count}/${trials.length}`
      return paint(context, stdout, PAINTS[word], text)
    })
    .join(' ')
}

function silence(trials: readonly TrialReport[]): string {
  const longestMs = Math.max(...trials.map((trial) => trial.verdict.statusSilenceMs))
  return longestMs === 0 ? '-' : `${(longestMs / 1000).toFixed(1)} s`
}

function worst(trials: readonly TrialReport[]): TrialReport {
  return trials.reduce((left, right) =>
    VERDICT_WORDS.indexOf(right.verdict.word) > VERDICT_WORDS.indexOf(left.verdict.word)
      ? right
      : left,
  )
}

function details(trials: readonly TrialReport[]): string {
  const bad = trials.filter((trial) => trial.verdict.word !== 'pass')
  return bad
    .map(({ id, verdict }) => {
      const { lastCniLoadError } = verdict
      const load =
        lastCniLoadError === undefined
          ? []
          : [`  The runtime's last CNI load error: ${lastCniLoadError}`]
      return ['', id, ...verdict.reasons.map((reason) => `  ${reason}`), ...load, ''].join('\n')
    })
    .join('')
}
