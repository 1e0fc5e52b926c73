import type { CliContext } from '../packages/fairlead/src/cli/context.ts'
import { runCli } from '../packages/fairlead/src/cli/run.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'

/** What a command left to be seen. */
export interface CliOutcome {
  readonly code: unknown
  readonly out: string
  readonly err: string
}

/** Runs the CLI in this process. */
export async function runInProcess(
  argv: readonly string[],
  {
    env = {},
    signal = new AbortController().signal,
  }: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal } = {},
): Promise<CliOutcome> {
  const written = { out: '', err: '' }
  const output = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text
    },
  })
  const context: CliContext = {
    process: { stdout: output('out'), stderr: output('err'), env },
    clock: systemClock,
    signal,
  }
  await runCli(argv, context)
  return { code: context.process.exitCode, ...written }
}
