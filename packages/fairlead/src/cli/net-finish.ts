import type { Failure } from '../net/failure.ts'
import type { CliContext } from './context.ts'
import { EXIT, printFailure } from './exit.ts'

/** Prints the failures of a batch; the exit code that it ends with. */
export async function finish(
  failures: readonly (Failure | undefined)[],
  context: CliContext,
): Promise<number> {
  const { exitCodeOfAll } = await import('../net/failure.ts')
  for (const failure of failures) if (failure !== undefined) printFailure(failure, context)
  if (!context.signal.aborted) return exitCodeOfAll(failures)
  context.process.stderr.write('Interrupted; `fairlead net list` shows what is attached now.\n')
  return EXIT.interrupted
}
