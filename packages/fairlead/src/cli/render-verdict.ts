import type { ReadyCondition } from '../kubelet/ready-condition.ts'
import type { Cell, Report, TrialReport, Verdict, VerdictWord } from '../lab/report/report.ts'
import { passRateText } from '../lab/report/words.ts'
import type { CliContext } from './context.ts'
import { type Paint, paint } from './paint.ts'
import { table } from './table.ts'

const PAINTS: Readonly<Record<VerdictWord, Paint>> = {
  pass: 'green',
  inconclusive: 'magenta',
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
  const hasRates = report.cells.some(({ judged }) => judged > 1)
  const rows = report.cells.map((cell) => {
    const trials = trialsOf(report, cell)
    return [
      `${cell.runtime} (${versionOf(report, cell.runtime)})`,
      cell.scenario,
      words(cell, context),
      ...(hasRates ? [passRateText(cell) ?? '-'] : []),
      silence(trials),
      kubeletView(worst(trials, cell)?.verdict.ready ?? []),
    ]
  })
  const heading = [
    'RUNTIME',
    'SCENARIO',
    'VERDICT',
    ...(hasRates ? [`PASSES (${report.plan.confidence} %)`] : []),
    'STATUS SILENT',
    report.plan.kubelet === undefined
      ? 'KUBELET WOULD HAVE REPORTED'
      : `KUBELET ${report.plan.kubelet} REPORTED`,
  ]
  const skipped = (report.skipped ?? []).map(({ runtime, scenario, reason }) => [
    `${runtime} (${versionOf(report, runtime)})`,
    scenario,
    'skipped',
    ...(hasRates ? ['-'] : []),
    '-',
    `not asked: ${reason}`,
  ])
  return (
    table(heading, [...rows, ...skipped]) +
    details(report.cells.flatMap((cell) => trialsOf(report, cell)))
  )
}

/** A verdict as lines for people. */
export function verdictLines(verdict: Verdict, context: CliContext): string {
  const { stdout } = context.process
  return [
    paint(context, stdout, PAINTS[verdict.word], verdict.word),
    ...toldOf(verdict).map((sentence) => `  ${sentence}`),
    `  kubelet ${verdict.kubelet === undefined ? 'would have' : verdict.kubelet} reported: ${kubeletView(verdict.ready)}`,
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

function versionOf({ runtimes }: Report, runtime: string): string {
  return runtimes.find(({ name }) => name === runtime)?.version ?? ''
}

function trialsOf({ trials }: Report, { runtime, scenario }: Cell): TrialReport[] {
  return trials
    .filter((trial) => trial.runtime === runtime && trial.scenario === scenario)
    .toSorted((left, right) => left.trial - right.trial)
}

function words({ verdicts }: Cell, context: CliContext): string {
  const { stdout } = context.process
  const total = verdicts.reduce((sum, { count }) => sum + count, 0)
  return verdicts
    .map(({ word, count }) => {
      const text = total === 1 ? word : `${word} ${count}/${total}`
      return paint(context, stdout, PAINTS[word], text)
    })
    .join(' ')
}

function silence(trials: readonly TrialReport[]): string {
  const longestMs = Math.max(...trials.map((trial) => trial.verdict.statusSilenceMs))
  return longestMs === 0 ? '-' : `${(longestMs / 1000).toFixed(1)} s`
}

function worst(trials: readonly TrialReport[], { verdicts }: Cell): TrialReport | undefined {
  return trials.find(({ verdict }) => verdict.word === verdicts[0]?.word)
}

function toldOf({ reasons, repairs = [], lastCniLoadError }: Verdict): string[] {
  const load =
    lastCniLoadError === undefined ? [] : [`The runtime's last CNI load error: ${lastCniLoadError}`]
  return [...reasons, ...repairs, ...load]
}

/** What went wrong, and what the agent had to repair. */
function details(trials: readonly TrialReport[]): string {
  return trials
    .filter(({ verdict }) => verdict.word !== 'pass' || verdict.repairs !== undefined)
    .map(({ id, verdict, again }) =>
      [
        '',
        id,
        ...toldOf(verdict).map((sentence) => `  ${sentence}`),
        ...(verdict.word === 'pass' ? [] : [`  Again: ${again}`]),
        '',
      ].join('\n'),
    )
    .join('')
}
