import { type CniOutcome, systemCodeOf } from '../errors.ts'
import { type Clock, sleep, systemClock } from '../ports.ts'
import type { CniVerb } from '../protocol.ts'
import { executableProblem, findPlugin } from './find-plugin.ts'
import { notExecutable, outcomeOf } from './plugin-outcome.ts'
import type { ProcessEnd } from './process-end.ts'
import { type ProcessRun, runProcess } from './run-process.ts'

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

/** The default of {@link PluginProcessOptions.stdoutBytesMax}. */
export const STDOUT_BYTES_MAX: number = 4 * 1024 * 1024

const BUSY_RETRY_MS = 100

/**
 * Runs each plugin as a process of this one. Simple and exact; but Node.js makes a process by fork(2)
 * on the main thread, which takes longer the more memory this process has. See {@link pluginShells}.
 */
export function pluginProcesses(options: PluginProcessOptions = {}): PluginRunner {
  const { busyTimeoutMs = 5_000, stdoutBytesMax = STDOUT_BYTES_MAX, clock = systemClock } = options
  return {
    find: async (plugin, binDirs) => findPlugin(plugin, binDirs),
    run: async (execution) => {
      const problem = executableProblem(execution.path)
      if (problem !== undefined) return notExecutable(execution, problem)
      const end = await runUnlessBusy({ ...execution, stdoutBytesMax }, busyTimeoutMs, clock)
      return outcomeOf(end, execution, stdoutBytesMax)
    },
  }
}

// A program that is being written cannot be run: whoever installs it is about to be done.
async function runUnlessBusy(
  run: ProcessRun,
  busyTimeoutMs: number,
  clock: Clock,
): Promise<ProcessEnd> {
  for (let waitedMs = 0; ; waitedMs += BUSY_RETRY_MS) {
    const end = await runProcess(run, clock)
    const isBusy = end.how.kind === 'not-started' && systemCodeOf(end.how.cause) === 'ETXTBSY'
    if (!isBusy || waitedMs >= Math.min(busyTimeoutMs, run.timeoutMs)) return end
    await sleep(BUSY_RETRY_MS, clock)
  }
}
