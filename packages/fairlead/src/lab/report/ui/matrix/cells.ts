import type { Report, TrialReport } from '../../report.ts'
import { latency, seconds } from '../format.ts'
import { worstFirst } from '../verdict/severity.ts'

/** What the matrix says of one scenario on one runtime. */
export interface Cell {
  /** In the order they were run. */
  readonly trials: readonly TrialReport[]
  /** The one that the cell links to and quotes. */
  readonly worst: TrialReport
}

/** The cell of `scenario` on `runtime`; nothing if it was not run. */
export function cellOf(report: Report, runtime: string, scenario: string): Cell | undefined {
  const isOfCell = (trial: TrialReport) => trial.runtime === runtime && trial.scenario === scenario
  const worst = worstFirst(report).find(isOfCell)
  if (worst === undefined) return undefined
  const trials = report.trials.filter(isOfCell).toSorted((a, b) => a.trial - b.trial)
  return { trials, worst }
}

/** How long Status was silent in the trials of a cell: `Status silent 38.2 s`. */
export function silenceText(trials: readonly TrialReport[]): string {
  if (!trials.some(wasAnswered)) return 'Status never answered'
  const silencesMs = trials.map((trial) => trial.verdict.statusSilenceMs)
  const minMs = Math.min(...silencesMs)
  const maxMs = Math.max(...silencesMs)
  if (maxMs <= 0) return 'Status answered throughout'
  const longest = maxMs < 1000 ? latency(maxMs) : seconds(maxMs)
  if (trials.length === 1 || seconds(minMs) === seconds(maxMs)) return `Status silent ${longest}`
  return `Status silent ${minMs === 0 ? 0 : (minMs / 1000).toFixed(1)}–${longest}`
}

function wasAnswered({ timeline }: TrialReport): boolean {
  return timeline.status.some(({ outcome }) => outcome === 'ready' || outcome === 'not-ready')
}
