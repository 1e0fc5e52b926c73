import type { CommandContext } from '@stricli/core'
import type { Clock } from '../ports.ts'

/** A stream that the CLI prints to; `isTTY` decides on colour and live progress. */
export interface Output {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Everything of the outside that a command touches by itself. */
export interface CliContext extends CommandContext {
  readonly process: {
    readonly stdout: Output
    readonly stderr: Output
    readonly env: NodeJS.ProcessEnv
    exitCode?: number | string | null
  }
  readonly clock: Clock
  /** Aborted by ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
}
