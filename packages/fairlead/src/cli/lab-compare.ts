import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { changeLines } from './render-change.ts'

interface Flags {
  readonly output: 'table' | 'json'
}

/** `fairlead lab compare BEFORE AFTER`: which cells changed from one report to another. */
export const labCompareCommand = buildCommand<Flags, [string, string], CliContext>({
  docs: {
    brief: 'Say what changed from one report to another',
    fullDescription:
      'Prints one line for each cell that changed. A cell is a regression if its worst verdict is worse\n' +
      'than before (error is the worst), or if it passes less often and the intervals of the two rates do\n' +
      'not meet; unjudged if it is inconclusive now. Exit code 1 if any cell is one of the two.\n' +
      'Reports of one runtime each are compared whatever it is called, so that two versions can be.\n\n' +
      'Example:\n  fairlead lab compare last-week/report.json fairlead-report/report.json',
  },
  parameters: {
    flags: { output: outputFlag },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'A report.json, or its folder', parse: String, placeholder: 'before' },
        { brief: 'Another one', parse: String, placeholder: 'after' },
      ],
    },
  },
  func: action(async (context: CliContext, flags: Flags, before: string, after: string) => {
    const [{ readReport }, { compareReports, isSetback }] = await Promise.all([
      import('../lab/report/read.ts'),
      import('../lab/report/compare.ts'),
    ])
    const [old, young] = await Promise.all([readReport(before), readReport(after)])
    const changes = compareReports(old.report, young.report)
    const { stdout } = context.process
    stdout.write(
      flags.output === 'json'
        ? `${JSON.stringify({ changes }, null, 2)}\n`
        : changeLines(changes, context, stdout),
    )
    return changes.some(isSetback) ? EXIT.findings : EXIT.ok
  }),
})
