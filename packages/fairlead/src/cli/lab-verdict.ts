import { buildCommand } from '@stricli/core'
import type { VerdictWord } from '../lab/report/report.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { verdictLines } from './render-verdict.ts'

interface Flags {
  readonly output: 'table' | 'json'
}

/** `fairlead lab verdict FILE`: reads a verdict from a trace, as the run that wrote it did. */
export const labVerdictCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Read the verdict of a trial from its trace',
    fullDescription:
      'Reads a trace that `fairlead lab run` wrote and says what it shows. The same trace always\n' +
      'gives the same verdict; exit code 0 only for `pass`.\n\n' +
      'Example:\n  fairlead lab verdict fairlead-report/traces/containerd-debian-forky.slow-add-reload.1.jsonl',
  },
  parameters: {
    flags: { output: outputFlag },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'A .jsonl trace', parse: String, placeholder: 'trace' }],
    },
  },
  func: action(async (context: CliContext, flags: Flags, file: string) => {
    const [{ readTraceFile }, { readVerdict }] = await Promise.all([
      import('../lab/trace-file.ts'),
      import('../lab/verdict.ts'),
    ])
    const verdict = readVerdict(await readTraceFile(file))
    const { stdout } = context.process
    stdout.write(
      flags.output === 'json'
        ? `${JSON.stringify(verdict, null, 2)}\n`
        : verdictLines(verdict, context),
    )
    return exitCodeOf([verdict.word])
  }),
})

/** 0 only if every verdict is `pass`. */
export function exitCodeOf(words: readonly VerdictWord[]): number {
  return words.length > 0 && words.every((word) => word === 'pass') ? EXIT.ok : EXIT.findings
}
