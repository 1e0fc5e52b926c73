import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FairleadError, messageOf } from '../errors.ts'

/** How long a restart may take; then its command is ended. */
export const RESTART_TIMEOUT_MS = 60_000

/**
 * Runs the command that restarts the runtime, to its end.
 *
 * @throws {FairleadError} FL_AGENT_RESTART with what it wrote to stderr, when it fails, is not there, or
 * has not ended within `timeoutMs`.
 */
export async function runRestart(
  [program = '', ...args]: readonly string[],
  { signal, timeoutMs = RESTART_TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number },
): Promise<void> {
  try {
    await promisify(execFile)(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL', signal })
  } catch (error) {
    const isLate = error instanceof Error && 'killed' in error && error.killed === true
    const reason = isLate
      ? `it has not ended within ${timeoutMs / 1000} s`
      : messageOf(error).trim()
    throw new FairleadError('FL_AGENT_RESTART', `${[program, ...args].join(' ')}: ${reason}`, {
      hint: 'Set watchdog.restart of the config to the command that restarts the runtime.',
      cause: error,
    })
  }
}
