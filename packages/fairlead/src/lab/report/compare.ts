import type { Cell, Report } from './report.ts'
import { passRateText, severity, verdictsText, worstJudged } from './words.ts'

/** What became of one cell from one report to the next. */
export interface Change {
  readonly kind: ChangeKind
  readonly runtime: string
  readonly scenario: string
  /** From what to what, with the rates. */
  readonly text: string
}

/**
 * - `regression`: the worst verdict is worse than the worst one before (an `error` is worse than any, as a
 *   runtime that does not start is one), or it passes less often, with intervals that do not meet.
 * - `unjudged`: judged before, and now inconclusive in every trial.
 * - `improvement`: the other way round.
 * - `new`: not judged before. `gone`: not run any more.
 */
export type ChangeKind = 'regression' | 'unjudged' | 'improvement' | 'new' | 'gone'

/** The changes that a gate must not let pass. */
export function isSetback({ kind }: Change): boolean {
  return kind === 'regression' || kind === 'unjudged'
}

/**
 * The cells that changed, in the order of `after`. Runtimes are told apart by name, as given by
 * `--runtime`; reports of one runtime each are compared whatever it is called.
 */
export function compareReports(before: Report, after: Report): Change[] {
  const onlyBefore = before.runtimes.length === 1 ? before.runtimes[0]?.name : undefined
  const isPair = onlyBefore !== undefined && after.runtimes.length === 1
  const nameBefore = (runtime: string) => (isPair ? onlyBefore : runtime)
  const changed = after.cells.flatMap((cell) => {
    const then = find(before, nameBefore(cell.runtime), cell.scenario)
    return change(then, cell) ?? []
  })
  const seen = new Set(after.cells.map((cell) => `${nameBefore(cell.runtime)} ${cell.scenario}`))
  const gone = before.cells
    .filter(({ runtime, scenario }) => !seen.has(`${runtime} ${scenario}`))
    .map(({ runtime, scenario, ...cell }): Change => ({
      kind: 'gone',
      runtime,
      scenario,
      text: `${verdictsText(cell)} -> not run`,
    }))
  return [...changed, ...gone]
}

function find({ cells }: Report, runtime: string, scenario: string): Cell | undefined {
  return cells.find((cell) => cell.runtime === runtime && cell.scenario === scenario)
}

function change(before: Cell | undefined, after: Cell): Change | undefined {
  const kind = kindOf(before, after)
  if (kind === undefined) return undefined
  const { runtime, scenario } = after
  return { kind, runtime, scenario, text: `${cellText(before)} -> ${cellText(after)}` }
}

function kindOf(before: Cell | undefined, after: Cell): ChangeKind | undefined {
  const then = before === undefined ? undefined : worstJudged(before)
  if (before === undefined || then === undefined) return 'new'
  if (after.verdicts.some(({ word }) => word === 'error')) return 'regression'
  const now = worstJudged(after)
  if (now === undefined) return 'unjudged'
  if (severity(now) > severity(then) || after.passRate.high < before.passRate.low) {
    return 'regression'
  }
  if (severity(now) < severity(then) || after.passRate.low > before.passRate.high) {
    return 'improvement'
  }
  return undefined
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return 'not run'
  const rate = cell.judged > 1 ? passRateText(cell) : undefined
  return `${verdictsText(cell)}${rate === undefined ? '' : `, passes ${rate}`}`
}
