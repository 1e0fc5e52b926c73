import { open } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../errors.ts'
import { isPlainFile, isThere } from '../../files.ts'
import type { ReadReport } from '../../lab/report/read.ts'
import { isJudged, type TrialReport } from '../../lab/report/report.ts'
import { REPORT_FILES } from '../../lab/report/write.ts'
import { readTraceFile } from '../../lab/trace-file.ts'
import type { Fact } from '../fact.ts'
import type { ReaderOf } from '../sources/unpack.ts'
import { type Coverage, newCoverage, type Source } from '../sources/source.ts'
import { traceFacts } from './trace-facts.ts'

/** Whether a folder is the report of a run of the lab. */
export async function isLabReport(dir: string): Promise<boolean> {
  const files = [REPORT_FILES.json, 'traces', 'logs'].map((name) => path.join(dir, name))
  const found = await Promise.all(files.map(isThere))
  return found.every(Boolean)
}

/** Whether a trial shows that something is wrong with its runtime. */
export function hasFailed({ verdict }: Pick<TrialReport, 'verdict'>): boolean {
  return isJudged(verdict.word) && verdict.word !== 'pass'
}

/**
 * The trials of a run of the lab, each as a node of its own that has the trial's id for a name: its
 * runtime's log, with the goroutine dumps in it, and what its trace tells. The scenario is not looked at.
 */
export function trialsSource(
  { name, dir: reportDir, report }: ReadReport,
  readerOf: ReaderOf,
  isWanted: (trial: TrialReport) => boolean = hasFailed,
): Source {
  const coverage = newCoverage(name, 'lab-report')
  async function* facts(signal: AbortSignal) {
    for (const trial of report.trials.filter(isWanted)) {
      signal.throwIfAborted()
      try {
        for (const file of [trial.files.runtimeLog, trial.files.trace]) {
          if (!(await isPlainFile(path.join(reportDir, file))))
            throw new Error(`${file} is no file`)
        }
        yield* await logFacts(reportDir, trial, readerOf, coverage)
        const { trace } = trial.files
        const events = await readTraceFile(path.join(reportDir, trace))
        coverage.files += 1
        yield* traceFacts(events, trial.verdict, { source: trace, node: trial.id })
      } catch (error) {
        // A merged report may lack the evidence of a trial.
        coverage.problems.push({ source: trial.id, what: messageOf(error) })
      }
    }
  }
  return { coverage, facts }
}

async function logFacts(
  reportDir: string,
  { id, files }: TrialReport,
  readerOf: ReaderOf,
  coverage: Coverage,
): Promise<readonly Fact[]> {
  await using file = await open(path.join(reportDir, files.runtimeLog))
  const { mtimeMs } = await file.stat()
  const reader = readerOf({ path: files.runtimeLog, node: id, modifiedMs: mtimeMs })
  coverage.files += 1
  coverage.modifiedMs.set(files.runtimeLog, mtimeMs)
  const facts: Fact[] = []
  for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    coverage.bytes += chunk.length
    facts.push(...reader.push(chunk))
  }
  return [...facts, ...reader.end()]
}
