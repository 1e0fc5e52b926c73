import { FairleadError, messageOf } from '../errors.ts'
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
      this.process.exitCode = report(error, this)
    }
  }
}

function report(error: unknown, context: CliContext): number {
  const { stderr } = context.process
  if (context.signal.aborted) {
    stderr.write('Interrupted; nothing is left behind.\n')
    return EXIT.interrupted
  }
  if (error instanceof FairleadError) {
    stderr.write(`${paint(context, stderr, 'red', 'error:')} ${error.message}\n`)
    if (error.hint !== undefined) stderr.write(`${error.hint}\n`)
    return error.exitCode
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
  stderr.write(`${paint(context, stderr, 'red', 'error:')} a fault of Fairlead's own: ${text}\n`)
  return EXIT.internal
}
