import type { Report, TrialReport, VerdictWord } from '../../report.ts'
import { count } from '../format.ts'

/** How bad each verdict is; the order of the contract's `VERDICT_WORDS`. */
export const SEVERITY: Readonly<Record<VerdictWord, number>> = {
  pass: 0,
  inconclusive: 1,
  leak: 2,
  wrong: 3,
  flap: 4,
  stall: 5,
  wedge: 6,
  crash: 7,
  error: 8,
}

/** How many trials came to one verdict. */
export interface Tally {
  readonly word: VerdictWord
  readonly count: number
}

/** Counts the verdicts of trials, the worst first; words that none came to are left out. */
export function tally(trials: readonly TrialReport[]): Tally[] {
  return tallyWords(trials.map(({ verdict }) => verdict.word))
}

/** Counts verdicts, the worst first. */
export function tallyWords(words: readonly VerdictWord[]): Tally[] {
  const counts = new Map<VerdictWord, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .toSorted((a, b) => SEVERITY[b.word] - SEVERITY[a.word])
}

/** The trials worst first; equally bad ones in the order of the matrix. */
export function worstFirst(report: Report): TrialReport[] {
  const scenarios = report.scenarios.map((scenario) => scenario.name)
  const runtimes = report.runtimes.map((runtime) => runtime.name)
  return report.trials.toSorted(
    (a, b) =>
      SEVERITY[b.verdict.word] - SEVERITY[a.verdict.word] ||
      scenarios.indexOf(a.scenario) - scenarios.indexOf(b.scenario) ||
      runtimes.indexOf(a.runtime) - runtimes.indexOf(b.runtime) ||
      a.trial - b.trial,
  )
}

const ADJECTIVES: ReadonlySet<VerdictWord> = new Set(['inconclusive', 'wrong'])

/** The report in a sentence: `6 of 8 trials pass; 1 stall, 1 flap`. */
export function summary(trials: readonly TrialReport[]): string {
  if (trials.length === 0) return 'No trial was run'
  const tallies = tally(trials)
  const passed = tallies.find(({ word }) => word === 'pass')?.count ?? 0
  const rest = tallies.filter(({ word }) => word !== 'pass')
  const others = rest
    .map(({ word, count: n }) => (ADJECTIVES.has(word) ? `${n} ${word}` : count(n, word)))
    .join(', ')
  const verb = trials.length === 1 ? 'passes' : 'pass'
  const passing = `${passed} of ${count(trials.length, 'trial')} ${verb}`
  return others === '' ? passing : `${passing}; ${others}`
}
