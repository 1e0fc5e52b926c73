import type { Advisory } from '../../advisories/advisory.ts'
import type { Report, TrialFinding } from '../../lab/report/report.ts'
import { diagnose } from '../diagnose.ts'
import { FileReader } from '../file-reader.ts'
import { landmarksOf } from '../landmarks.ts'
import { trialsSource } from './trials-source.ts'

/** What is kept of a trial's findings: the doctor has no more to say of the rest than that it may be, too. */
const FINDINGS_AT_MOST = 3
const EVIDENCE_AT_MOST = 4

/** A report with what the doctor makes of its failed trials. `dir` holds their logs and traces. */
export async function withFindings(
  { dir, report }: { readonly dir: string; readonly report: Report },
  advisories: readonly Advisory[],
  signal: AbortSignal,
): Promise<Report> {
  const landmarks = landmarksOf(advisories)
  const source = trialsSource({ name: dir, dir, report }, (file) => new FileReader(file, landmarks))
  const { nodes } = await diagnose({ sources: [source], advisories, language: 'en', signal })
  const found = new Map(nodes.map(({ node, findings }) => [node, findings]))
  return {
    ...report,
    trials: report.trials.map((trial) => {
      const findings = found.get(trial.id)
      if (findings === undefined) return trial
      return { ...trial, findings: findings.slice(0, FINDINGS_AT_MOST).map(shortened) }
    }),
  }
}

function shortened({
  advisory,
  title,
  sure,
  evidence,
}: Omit<TrialFinding, 'evidence'> & {
  readonly evidence: readonly { readonly text: string }[]
}): TrialFinding {
  const texts = [...new Set(evidence.map(({ text }) => text))].slice(0, EVIDENCE_AT_MOST)
  return { advisory, title, sure, evidence: texts }
}
