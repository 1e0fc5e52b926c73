import { systemCodeOf } from '../errors.ts'
import { type Clock, sleep, systemClock } from '../ports.ts'
import { executableProblem, findPlugin } from './find-plugin.ts'
import { notExecutable, outcomeOf } from './plugin-outcome.ts'
import type { PluginProcessOptions, PluginRunner } from './plugin-runner.ts'
import type { ProcessEnd } from './process-end.ts'
import { type ProcessRun, runProcess } from './run-process.ts'

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
    const end = await runProcess({ ...run, timeoutMs: run.timeoutMs - waitedMs }, clock)
    const isBusy = end.how.kind === 'not-started' && systemCodeOf(end.how.cause) === 'ETXTBSY'
    if (!isBusy || waitedMs + BUSY_RETRY_MS >= Math.min(busyTimeoutMs, run.timeoutMs)) return end
    await sleep(BUSY_RETRY_MS, clock)
  }
}
