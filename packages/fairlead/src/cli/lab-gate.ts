import { FairleadError } from '../errors.ts'
import type { Report } from '../lab/report/report.ts'
import type { CliContext } from './context.ts'
import { EXIT } from './exit.ts'
import { exitCodeOf } from './lab-verdict.ts'
import { changeLines } from './render-change.ts'

/** What a command that makes a report takes to decide on its exit code. */
export interface GateFlags {
  readonly baseline?: string
  readonly failOn: 'any' | 'regression'
  readonly output: 'table' | 'json'
}

/** The flags of {@link GateFlags}, but for `output`. */
export const gateFlags = {
  baseline: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'A report.json to compare with; prints a line for each cell that changed',
    placeholder: 'file',
  },
  failOn: {
    kind: 'enum',
    values: ['any', 'regression'],
    default: 'any',
    brief:
      'End with 1 if any verdict is not `pass`, or only if a cell is worse than in the baseline',
  },
} as const

/**
 * Reads the baseline, before anything is run. What is returned prints what changed against it and
 * gives the exit code.
 */
export async function openGate({
  baseline,
  failOn,
  output,
}: GateFlags): Promise<(report: Report, context: CliContext) => number> {
  if (baseline === undefined && failOn === 'regression') {
    throw new FairleadError('FL_USAGE', '--fail-on regression takes a --baseline.', {
      hint: 'Name the report.json of an earlier run.',
    })
  }
  const [{ readReport }, { compareReports, isSetback }] = await Promise.all([
    import('../lab/report/read.ts'),
    import('../lab/report/compare.ts'),
  ])
  const before = baseline === undefined ? undefined : (await readReport(baseline)).report
  return (report, context) => {
    const { stdout, stderr } = context.process
    // A part of the cells is no worse for the others.
    const changes = (before === undefined ? [] : compareReports(before, report)).filter(
      ({ kind }) => kind !== 'gone',
    )
    if (before !== undefined) {
      const stream = output === 'json' ? stderr : stdout
      stream.write(`\n${changeLines(changes, context, stream)}`)
    }
    // A run that has run nothing has shown nothing.
    if (report.trials.length === 0) return EXIT.findings
    if (failOn === 'regression') return changes.some(isSetback) ? EXIT.findings : EXIT.ok
    return exitCodeOf(report.trials.map(({ verdict }) => verdict.word))
  }
}
