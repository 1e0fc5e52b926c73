import { wilson } from '../statistics.ts'
import {
  type Cell,
  type Confidence,
  isJudged,
  type RuntimeRow,
  type ScenarioSummary,
  type TrialReport,
  VERDICT_WORDS,
} from './report.ts'

/** What the trials of each cell come to; cells without a trial are left out. */
export function cellsOf(
  {
    runtimes,
    scenarios,
    trials,
  }: {
    readonly runtimes: readonly Pick<RuntimeRow, 'name'>[]
    readonly scenarios: readonly Pick<ScenarioSummary, 'name'>[]
    readonly trials: readonly Pick<TrialReport, 'runtime' | 'scenario' | 'verdict'>[]
  },
  confidence: Confidence,
): Cell[] {
  const byCell = Map.groupBy(trials, ({ runtime, scenario }) => key(runtime, scenario))
  return scenarios.flatMap(({ name: scenario }) =>
    runtimes.flatMap(({ name: runtime }) => {
      const own = byCell.get(key(runtime, scenario))
      return own === undefined ? [] : [cellOf(runtime, scenario, own, confidence)]
    }),
  )
}

function key(runtime: string, scenario: string): string {
  return JSON.stringify([runtime, scenario])
}

function cellOf(
  runtime: string,
  scenario: string,
  trials: readonly Pick<TrialReport, 'verdict'>[],
  confidence: Confidence,
): Cell {
  const words = trials.map(({ verdict }) => verdict.word)
  const verdicts = VERDICT_WORDS.map((word) => ({
    word,
    count: words.filter((other) => other === word).length,
  }))
  const judged = words.filter(isJudged).length
  const passed = words.filter((word) => word === 'pass').length
  return {
    runtime,
    scenario,
    verdicts: verdicts.filter(({ count }) => count > 0).toReversed(),
    judged,
    passed,
    passRate: wilson(passed, judged, confidence),
  }
}
