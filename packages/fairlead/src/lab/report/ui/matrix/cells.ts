import type { Cell, Report, ScenarioSummary, TrialReport } from '../../report.ts'
import { latency, seconds } from '../format.ts'
import { SEVERITY } from '../verdict/severity.ts'

/** What the matrix says of one scenario on one runtime. */
export interface MatrixCell extends Cell {
  /** In the order of their numbers. */
  readonly trials: readonly TrialReport[]
  /** The one that the cell links to and quotes. */
  readonly worst: TrialReport
}

/** One scenario, and its cell for each runtime in their order; undefined where it was not run. */
export interface MatrixRow {
  readonly scenario: ScenarioSummary
  readonly cells: readonly (MatrixCell | undefined)[]
}

/** The rows of the matrix: the scenarios with the worst verdicts, and the most of them, first. */
export function matrixRows(report: Report): MatrixRow[] {
  const trials = Map.groupBy(report.trials, keyOf)
  const cells = new Map(report.cells.map((cell) => [keyOf(cell), cell]))
  const rows = report.scenarios.map((scenario) => ({
    scenario,
    cells: report.runtimes.map(({ name }) => {
      const key = keyOf({ runtime: name, scenario: scenario.name })
      return withTrials(cells.get(key), trials.get(key) ?? [])
    }),
  }))
  return rows.toSorted((a, b) => worstOf(b) - worstOf(a) || badness(b) - badness(a))
}

/** How long Status was silent in the trials of a cell: `Status silent 38.2 s`. */
export function silenceText(trials: readonly TrialReport[]): string {
  if (!trials.some(({ verdict }) => verdict.statusAnswered)) return 'Status never answered'
  const silencesMs = trials.map((trial) => trial.verdict.statusSilenceMs)
  const minMs = Math.min(...silencesMs)
  const maxMs = Math.max(...silencesMs)
  if (maxMs <= 0) return 'Status answered throughout'
  const longest = maxMs < 1000 ? latency(maxMs) : seconds(maxMs)
  if (trials.length === 1 || seconds(minMs) === seconds(maxMs)) return `Status silent ${longest}`
  return `Status silent ${minMs === 0 ? 0 : (minMs / 1000).toFixed(1)}–${longest}`
}

/** What the trials of a cell say of its rate of passing: `passes 6–79 %`; undefined where one says it all. */
export function rateText({ judged, passRate }: Cell): string | undefined {
  if (judged < 2) return undefined
  const percent = (rate: number) => (rate * 100).toFixed(0)
  return `passes ${percent(passRate.low)}–${percent(passRate.high)} %`
}

function keyOf({ runtime, scenario }: { runtime: string; scenario: string }): string {
  return JSON.stringify([runtime, scenario])
}

function withTrials(
  cell: Cell | undefined,
  trials: readonly TrialReport[],
): MatrixCell | undefined {
  const worst = trials.find(({ verdict }) => verdict.word === cell?.verdicts[0]?.word)
  if (cell === undefined || worst === undefined) return undefined
  return { ...cell, trials: trials.toSorted((a, b) => a.trial - b.trial), worst }
}

function worstOf(row: MatrixRow): number {
  return Math.max(0, ...row.cells.map(severityOf))
}

function badness(row: MatrixRow): number {
  return row.cells.map(severityOf).reduce((sum, severity) => sum + severity, 0)
}

function severityOf(cell: MatrixCell | undefined): number {
  return cell === undefined ? 0 : SEVERITY[cell.worst.verdict.word]
}
