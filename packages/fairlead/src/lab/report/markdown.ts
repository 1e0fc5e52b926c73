import type { Cell, Report, TrialReport } from './report.ts'
import { passRateText, printable, verdictsText } from './words.ts'

/** So many failing cells are told in full; a comment on a pull request has an end. */
const TOLD_MAX = 20

/** The report as Markdown, for a pull request: the matrix, and under it what failed and why. */
export function markdownSummary(report: Report): string {
  const { runtimes, scenarios, cells, trials, skipped = [] } = report
  const passed = trials.filter(({ verdict }) => verdict.word === 'pass').length
  const failing = cells.filter(({ verdicts }) => verdicts.some(({ word }) => word !== 'pass'))
  const rows = scenarios.map(({ name: scenario }) => [
    code(scenario),
    ...runtimes.map(({ name }) =>
      skipped.some((cell) => cell.runtime === name && cell.scenario === scenario)
        ? 'skipped'
        : cellText(cells.find((cell) => cell.runtime === name && cell.scenario === scenario)),
    ),
  ])
  return [
    `### Fairlead lab: ${passed} of ${trials.length} trials pass`,
    '',
    row(['scenario', ...runtimes.map(({ name, version }) => `${code(name)} ${escaped(version)}`)]),
    row(['---', ...runtimes.map(() => '---')]),
    ...rows.map(row),
    '',
    ...failing.slice(0, TOLD_MAX).flatMap((cell) => told(cell, report)),
    ...(failing.length > TOLD_MAX
      ? [`And ${failing.length - TOLD_MAX} more; all are in report.html.`, '']
      : []),
    ...skipped.map(
      ({ runtime, scenario, reason }) =>
        `- ${code(scenario)} on ${code(runtime)}: skipped: ${escaped(reason)}`,
    ),
    ...(skipped.length > 0 ? [''] : []),
    `Seed ${report.plan.seed}; intervals at ${report.plan.confidence} %; ${escaped(machines(report))}.`,
    '',
  ].join('\n')
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return 'not run'
  const text = verdictsText(cell)
  return cell.passed === cell.judged && cell.judged > 0 ? text : `**${text}**`
}

function told(cell: Cell, { trials }: Report): string[] {
  const worst = worstTrial(cell, trials)
  const rate = passRateText(cell)
  const passes = rate === undefined ? '' : `, passes ${rate}`
  return [
    `- ${code(cell.scenario)} on ${code(cell.runtime)}: ${verdictsText(cell)}${passes}`,
    ...(worst?.verdict.reasons ?? []).map((reason) => `  - ${escaped(reason)}`),
    ...(worst === undefined ? [] : [`  - again: ${code(worst.again)}`]),
    '',
  ]
}

function worstTrial(cell: Cell, trials: readonly TrialReport[]): TrialReport | undefined {
  return trials.find(
    ({ runtime, scenario, verdict }) =>
      runtime === cell.runtime &&
      scenario === cell.scenario &&
      verdict.word === cell.verdicts[0]?.word,
  )
}

function machines({ runtimes }: Report): string {
  const texts = runtimes.map(
    ({ machine: { os, kernel, arch } }) => `${os}, Linux ${kernel}, ${arch}`,
  )
  return [...new Set(texts)].join('; ')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A code span; it ends at a run of as many backticks as it began with. */
function code(text: string): string {
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1)
  const pad = runs.length > 0 ? ' ' : ''
  return `${fence}${pad}${oneLine(text).replaceAll('|', String.raw`\|`)}${pad}${fence}`
}

/** Text that means nothing to Markdown or HTML. */
function escaped(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~#]/g, String.raw`\$&`)
}

function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ')
}
