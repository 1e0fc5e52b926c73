import { sarifLog, type SarifLevel } from '../../sarif.ts'
import type { DoctorReport, FindingReport } from '../report.ts'

const LEVELS: Readonly<Record<FindingReport['sure'], SarifLevel>> = {
  certain: 'error',
  likely: 'warning',
  possible: 'note',
}

/** A report as SARIF 2.1.0: each advisory is a rule, each finding of a node a result at its evidence. */
export function doctorSarif({ nodes }: DoctorReport): string {
  const all = nodes.flatMap(({ node, findings }) => findings.map((finding) => ({ node, finding })))
  const rules = new Map(all.map(({ finding }) => [finding.advisory, finding]))
  return sarifLog(
    [...rules.values()].map(({ advisory, title, cause, remedies, sure, citations: [uri] }) => ({
      id: advisory,
      title,
      explanation: cause,
      help: remedies.map(({ text }, index) => `${index + 1}. ${text}`).join('\n'),
      level: LEVELS[sure],
      ...(uri === undefined ? {} : { helpUri: uri }),
    })),
    all.map(({ node, finding }) => ({
      rule: finding.advisory,
      level: LEVELS[finding.sure],
      text: `${finding.sure}: ${finding.title}. ${finding.evidence[0]?.text ?? ''}`,
      files: finding.evidence.map(({ source, line }) => ({
        path: source,
        ...(line === undefined ? {} : { line }),
      })),
      things: node === null ? [] : [node],
    })),
  )
}
