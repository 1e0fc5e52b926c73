import path from 'node:path'
import { buildCommand } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import type { Report } from '../lab/report/report.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { inlineFlag, outputFlag, reportFlag } from './flags.ts'
import { type GateFlags, gateFlags, openGate } from './lab-gate.ts'
import { reportTable } from './render-verdict.ts'

interface Flags extends GateFlags {
  readonly report: string
  readonly inline: boolean
}

/** `fairlead lab merge REPORT...`: one report of the shards of a run, or of several machines. */
export const labMergeCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Make one report of the shards of a run, or of runs on several machines',
    fullDescription:
      'Takes reports of one plan (the same --seed, --trials and scenarios) and writes one report of them,\n' +
      'with their traces and logs. A runtime that ran on several distributions or kernels gets a row for\n' +
      'each. Exit code as of `lab run`, and 1 if a cell was not run at all.\n\n' +
      'Example:\n  fairlead lab merge shard-1 shard-2 shard-3 --report fairlead-merged',
  },
  parameters: {
    flags: {
      report: reportFlag('fairlead-merged'),
      inline: inlineFlag,
      ...gateFlags,
      output: outputFlag,
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'A report.json, or its folder', parse: String, placeholder: 'report' },
    },
  },
  func: action(merge),
})

async function merge(context: CliContext, flags: Flags, ...names: string[]): Promise<number> {
  const [{ readReport }, { mergeReports }, { copyEvidence }, { REPORT_FILES, writeReport }, run] =
    await Promise.all([
      import('../lab/report/read.ts'),
      import('../lab/report/merge.ts'),
      import('../lab/report/evidence.ts'),
      import('../lab/report/write.ts'),
      import('../lab/run.ts'),
    ])
  const { stdout, stderr } = context.process
  const gate = await openGate(flags)
  const [first, ...others] = await Promise.all(names.map(readReport))
  if (first === undefined) throw new FairleadError('FL_USAGE', 'Name at least one report.')
  const reportDir = path.resolve(flags.report)
  if ([first, ...others].some(({ dir }) => dir === reportDir)) {
    throw new FairleadError('FL_USAGE', `${flags.report} is one of the reports to be merged.`, {
      hint: 'Name another folder by --report.',
    })
  }
  const { report, sources } = mergeReports([first, ...others])
  await run.makeReportDir(reportDir)
  const lacking = await copyEvidence(sources, reportDir)
  await writeReport(reportDir, report, flags)
  stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : reportTable(report, context),
  )
  const exitCode = gate(report, context)
  if (lacking > 0) stderr.write(`${lacking} trials come without their trace or log.\n`)
  const notRun = cellsNotRun(report)
  if (notRun > 0) stderr.write(`${notRun} cells were not run; is a shard missing?\n`)
  stderr.write(`\nReport: ${path.join(flags.report, REPORT_FILES.html)}\n`)
  return notRun > 0 ? EXIT.findings : exitCode
}

function cellsNotRun({ runtimes, scenarios, cells, skipped = [] }: Report): number {
  return runtimes.length * scenarios.length - cells.length - skipped.length
}
