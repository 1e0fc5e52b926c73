import type { CniOutcome } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { CniVerb } from '../protocol.ts'

/** One execution of one plugin. */
export interface PluginExecution {
  /** The plugin's `type`, and what it is run for; errors name all three. */
  readonly plugin: string
  readonly network?: string
  readonly verb: CniVerb
  readonly path: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: string
  readonly timeoutMs: number
  readonly killGraceMs: number
  readonly signal: AbortSignal | undefined
}

/** What a plugin that ended with exit code 0 wrote. */
export interface PluginOutput {
  readonly stdout: string
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
  readonly clock?: Clock
}
