import { messageOf } from '../errors.ts'
import type { Failure } from '../net/failure.ts'
import type { CliContext } from './context.ts'
import { paint } from './paint.ts'

/** What the process ends with. 3 and 4 come with the errors they belong to. */
export const EXIT = { ok: 0, findings: 1, usage: 2, internal: 4, interrupted: 130 } as const

/**
 * Runs a command's action; its value is the exit code. An error becomes one line on stderr that says
 * what and where, and one that says what to do.
 */
export function action<Args extends readonly unknown[]>(
  run: (context: CliContext, ...args: Args) => Promise<number>,
): (this: CliContext, ...args: Args) => Promise<void> {
  return async function (this: CliContext, ...args: Args): Promise<void> {
    try {
      this.process.exitCode = await run(this, ...args)
    } catch (error) {
      this.process.exitCode = await report(error, this)
    }
  }
}

/** An error as people get it: what and where, and on a line of its own what to do. */
export function printFailure(
  failure: Pick<Failure, 'message' | 'hint'>,
  context: CliContext,
): void {
  const { stderr } = context.process
  stderr.write(`${paint(context, stderr, 'red', 'error:')} ${failure.message}\n`)
  if (failure.hint !== undefined) stderr.write(`${failure.hint}\n`)
}

async function report(error: unknown, context: CliContext): Promise<number> {
  const { stderr } = context.process
  if (context.signal.aborted) {
    stderr.write('Interrupted.\n')
    return EXIT.interrupted
  }
  // Loaded here only: most commands know no CniError, and loading takes as long as all the rest.
  const { isExpected, exitCodeOf, failureOf } = await import('../net/failure.ts')
  if (isExpected(error)) {
    const failure = failureOf(error)
    printFailure(failure, context)
    return exitCodeOf(failure)
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
  stderr.write(`${paint(context, stderr, 'red', 'error:')} a fault of Fairlead's own: ${text}\n`)
  return EXIT.internal
}
