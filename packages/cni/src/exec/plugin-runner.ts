import type { CniOutcome } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { CniVerb } from '../protocol.ts'

/** One execution of one plugin. */
export interface PluginExecution {
  /** The plugin's `type`; errors name it, the network and the verb. */
  readonly plugin: string
  /** The network that it is run for, where there is one. */
  readonly network?: string
  /** `CNI_COMMAND`. */
  readonly verb: CniVerb
  /** The executable. */
  readonly path: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The configuration of this execution, a JSON text. */
  readonly stdin: string
  /** Its deadline; then it is ended and fails with FL_CNI_PLUGIN_DEADLINE. */
  readonly timeoutMs: number
  /** From SIGTERM to SIGKILL when it is ended. */
  readonly killGraceMs: number
  /** Ends it, and fails with FL_CNI_ABORTED. */
  readonly signal: AbortSignal | undefined
}

/** What a plugin that ended with exit code 0 wrote. */
export interface PluginOutput {
  /** What the verb came to, as the plugin wrote it. */
  readonly stdout: string
  /** What it told beside. */
  readonly stderr: string
}

/**
 * The door to plugins: everything this package does to them goes through it, so that a test or a
 * simulator can take its place (libcni's `Exec`).
 */
export interface PluginRunner {
  /** Fails with FL_CNI_PLUGIN_NOT_FOUND. */
  find(plugin: string, binDirs: readonly string[]): Promise<CniOutcome<string>>
  /** Fails with the other FL_CNI_PLUGIN_ codes or FL_CNI_ABORTED. */
  run(execution: PluginExecution): Promise<CniOutcome<PluginOutput>>
}

/** How plugins are run. */
export interface PluginProcessOptions {
  /** How long "text file busy" is borne with; another process tries again meanwhile. Default: 5 s. */
  readonly busyTimeoutMs?: number
  /** More output than this ends the plugin. Default: 4 MiB. */
  readonly stdoutBytesMax?: number
  /** What deadlines are measured by. Default: {@link systemClock}. */
  readonly clock?: Clock
}
