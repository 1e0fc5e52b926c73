import { buildCommand } from '@stricli/core'
import type { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'

interface Flags {
  readonly output: 'table' | 'json'
}

/** `fairlead advisories lint [FILE|DIR...]`: whether advisories are valid. */
export const advisoriesLintCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Say whether advisories are valid',
    fullDescription:
      'Reads advisories, and says what is wrong with file, line and column: one line for each file, the\n' +
      'first thing that is wrong in it. Exit code 2 if any is not valid.\n\n' +
      'Examples:\n' +
      '  fairlead advisories lint\n' +
      '  fairlead advisories lint advisories/my-cni-hangs.yaml',
  },
  parameters: {
    flags: { output: outputFlag },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      parameter: {
        brief: 'A file, or a folder of them [default: those that ship]',
        parse: String,
        placeholder: 'file',
      },
    },
  },
  func: action(
    async ({ process: { stdout } }: CliContext, { output }: Flags, ...paths: string[]) => {
      const [{ lintAdvisories }, { shippedDir }] = await Promise.all([
        import('../advisories/advisory-files.ts'),
        import('../shipped-dir.ts'),
      ])
      const { count, problems } = await lintAdvisories(
        paths.length === 0 ? [shippedDir('advisories')] : paths,
      )
      const messages = problems.map(({ message }) => message)
      stdout.write(
        output === 'json'
          ? `${JSON.stringify({ count, problems: messages }, null, 2)}\n`
          : [...messages, summary(count, problems), ''].join('\n'),
      )
      return problems.length === 0 ? EXIT.ok : EXIT.usage
    },
  ),
})

function summary(count: number, problems: readonly FairleadError[]): string {
  const [first] = problems
  if (first === undefined) {
    return count === 1 ? 'The advisory is valid.' : `All ${count} advisories are valid.`
  }
  return `${problems.length} of ${count} not valid. ${first.hint ?? ''}`
}
