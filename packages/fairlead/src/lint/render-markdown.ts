import { printable } from '../safe-text.ts'
import type { LintReport } from './lint.ts'
import { countLine, outcomeLines, placeOf } from './render-text.ts'

/** The report for an issue or a pull request. */
export function lintMarkdown(report: LintReport): string {
  const rows = outcomeLines(report).map(([word, line]) => `| ${word} | ${cell(line)} |`)
  const problems = report.problems.map((problem) => {
    const { severity, probe, text, nextStep, advisories } = problem
    const see = advisories.length === 0 ? '' : ` Advisories: ${advisories.map(code).join(', ')}.`
    return `- **${severity}** ${code(probe)} at ${code(placeOf(problem))}: ${plain(text)} ${plain(nextStep)}${see}`
  })
  return [
    `## ${code(report.dir)} as ${code(report.runtime)} takes it`,
    '',
    '|  |  |',
    '| --- | --- |',
    ...rows,
    '',
    countLine(report),
    '',
    ...problems,
    '',
  ].join('\n')
}

function cell(text: string): string {
  return plain(text).replaceAll('|', String.raw`\|`)
}

/** Names of files come from anywhere: nothing in them is markup. */
function plain(text: string): string {
  return printable(text).replaceAll(/[\\`*_[\]<>]/g, String.raw`\$&`)
}

function code(text: string): string {
  return `\`${printable(text).replaceAll('`', "'")}\``
}
