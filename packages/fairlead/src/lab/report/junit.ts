import type { Cell, Report, SkippedCell, TrialReport } from './report.ts'
import { passRateText, printable, verdictsText } from './words.ts'

/**
 * The report as JUnit XML, for what shows test results: a suite for each runtime, a case for each
 * scenario. A cell with a bad verdict is a failure, one with an error an error, and one that is only
 * partly or not at all conclusive is skipped.
 */
export function junitXml(report: Report): string {
  const suites = report.runtimes.map(({ name, version }) => {
    const cells = report.cells.filter(({ runtime }) => runtime === name)
    const cases = [
      ...cells.map((cell) => testCase(cell, trialsOf(report, cell))),
      ...(report.skipped ?? []).filter(({ runtime }) => runtime === name).map(skippedCase),
    ]
    const count = (outcome: Outcome) => cases.filter((made) => made.outcome === outcome).length
    const counts =
      `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" ` +
      `skipped="${count('skipped')}"`
    return [
      `  <testsuite name="${escaped(`${name} (${version})`)}" ${counts}>`,
      ...cases.map(({ xml }) => xml),
      '  </testsuite>',
    ].join('\n')
  })
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="fairlead lab">', ...suites]
    .concat('</testsuites>', '')
    .join('\n')
}

type Outcome = 'pass' | 'failure' | 'error' | 'skipped'

function trialsOf({ trials }: Report, { runtime, scenario }: Cell): TrialReport[] {
  return trials.filter((trial) => trial.runtime === runtime && trial.scenario === scenario)
}

function testCase(cell: Cell, trials: readonly TrialReport[]): { outcome: Outcome; xml: string } {
  const outcome = outcomeOf(cell)
  const seconds = trials.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000
  const open =
    `    <testcase classname="${escaped(cell.runtime)}" name="${escaped(cell.scenario)}" ` +
    `time="${seconds.toFixed(1)}"`
  if (outcome === 'pass') return { outcome, xml: `${open}/>` }
  const rate = passRateText(cell)
  const message = `${verdictsText(cell)}${rate === undefined ? '' : `; passes ${rate}`}`
  const told = trials.filter(({ verdict }) => verdict.word !== 'pass').map(toldOf)
  const element = `<${outcome} message="${escaped(message)}">${escaped(told.join('\n\n'))}</${outcome}>`
  return { outcome, xml: `${open}>\n      ${element}\n    </testcase>` }
}

function skippedCase({ runtime, scenario, reason }: SkippedCell): ReturnType<typeof testCase> {
  const names = `classname="${escaped(runtime)}" name="${escaped(scenario)}"`
  const element = `<skipped message="${escaped(reason)}"/>`
  return {
    outcome: 'skipped',
    xml: `    <testcase ${names} time="0.0">\n      ${element}\n    </testcase>`,
  }
}

function outcomeOf({ verdicts }: Cell): Outcome {
  const words = new Set(verdicts.map(({ word }) => word))
  if (words.has('error')) return 'error'
  const bad = verdicts.some(({ word }) => word !== 'pass' && word !== 'inconclusive')
  if (bad) return 'failure'
  return words.has('inconclusive') ? 'skipped' : 'pass'
}

function toldOf({ id, verdict, again }: TrialReport): string {
  return [`${id}: ${verdict.word}`, ...verdict.reasons, `Again: ${again}`].join('\n')
}

function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
}
