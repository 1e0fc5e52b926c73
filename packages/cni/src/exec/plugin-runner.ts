import { type Clock, sleep, systemClock } from '../ports.ts'
import { type CniOutcome, failure, success, systemCodeOf, textOf } from '../errors.ts'
import type { CniVerb } from '../protocol.ts'
import { executableProblem, findPlugin } from './find-plugin.ts'
import { type ProcessEnd, type ProcessRun, runProcess } from './run-process.ts'

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

const BUSY_RETRY_MS = 100

/** Runs plugins as processes. */
export function pluginProcesses(options: PluginProcessOptions = {}): PluginRunner {
  const { busyTimeoutMs = 5_000, stdoutBytesMax = 4 * 1024 * 1024, clock = systemClock } = options
  return {
    find: async (plugin, binDirs) => findPlugin(plugin, binDirs),
    run: async (execution) => {
      const problem = executableProblem(execution.path)
      if (problem !== undefined) return notExecutable(execution, problem)
      const end = await runUnlessBusy({ ...execution, stdoutBytesMax }, busyTimeoutMs, clock)
      return outputOf(end, execution, stdoutBytesMax)
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

function outputOf(
  { how, stdout, stderr }: ProcessEnd,
  execution: PluginExecution,
  stdoutBytesMax: number,
): CniOutcome<PluginOutput> {
  const about = { ...subjectOf(execution), stderr }
  switch (how.kind) {
    case 'exited':
      return how.exitCode === 0
        ? success({ stdout, stderr })
        : pluginError(how.exitCode, stdout, stderr, execution)
    case 'signalled':
      return failure('FL_CNI_PLUGIN_SIGNAL', `the plugin died by ${how.signal}`, {
        ...about,
        details: lastLine(stderr),
      })
    case 'not-started':
      return notStarted(how.cause, execution)
    case 'deadline':
      return failure(
        'FL_CNI_PLUGIN_DEADLINE',
        `the plugin was not done after ${execution.timeoutMs} ms and was ended${survival(how.survives)}`,
        { ...about, details: lastLine(stderr) },
      )
    case 'aborted':
      return failure(
        'FL_CNI_ABORTED',
        `the caller gave up on the plugin, which was ended${survival(how.survives)}`,
        about,
      )
    case 'output-too-long':
      return failure(
        'FL_CNI_PLUGIN_OUTPUT_TOO_LONG',
        `the plugin wrote more than ${stdoutBytesMax} bytes and was ended${survival(how.survives)}`,
        about,
      )
  }
}

function survival(survives: boolean): string {
  return survives ? ', but a process of it is still there after SIGKILL' : ''
}

/** What a plugin that failed says of it (CNI spec 1.1.0 section 5, "Error"). */
function pluginError(
  exitCode: number,
  stdout: string,
  stderr: string,
  execution: PluginExecution,
): CniOutcome<never> {
  const about = { ...subjectOf(execution), stderr }
  // execvp(3) had a shell run the file: it is named first in the shell's complaint.
  if (stdout === '' && stderr.startsWith(`${execution.path}: `)) {
    return notExecutable(execution, 'the system does not know its format')
  }
  const object = errorObject(stdout)
  if (object === undefined) {
    return failure('FL_CNI_PLUGIN_EXIT', `the plugin failed with exit code ${exitCode}`, {
      ...about,
      details: lastLine(stdout.trim() === '' ? stderr : stdout),
    })
  }
  return failure('FL_CNI_PLUGIN_ERROR', object.msg, {
    ...about,
    cniCode: object.code,
    details: object.details,
    ...hintFor(object.code),
  })
}

interface ErrorObject {
  readonly code: number
  readonly msg: string
  readonly details: string
}

function errorObject(stdout: string): ErrorObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch {
    // Whatever it wrote is shown as it is.
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const code = 'code' in value ? value.code : 0
  const msg = 'msg' in value ? value.msg : ''
  const details = 'details' in value ? value.details : ''
  if (typeof code !== 'number' || typeof msg !== 'string' || typeof details !== 'string') {
    return undefined
  }
  return code === 0 && msg === '' ? undefined : { code, msg, details }
}

// The well-known numbers of the CNI spec, section 5 ("Error").
function hintFor(cniCode: number): { hint?: string } {
  switch (cniCode) {
    case 1:
      return { hint: "The plugin does not know the configuration's cniVersion; see `VERSION`." }
    case 11:
      return { hint: 'The plugin asks to try again later.' }
    case 50:
      return { hint: 'The plugin is not ready: it cannot serve ADD yet.' }
    case 51:
      return {
        hint: 'The plugin is not ready, and running containers may have limited connectivity.',
      }
    default:
      return {}
  }
}

function notStarted(cause: unknown, execution: PluginExecution): CniOutcome<never> {
  const { path } = execution
  switch (systemCodeOf(cause)) {
    case 'ETXTBSY':
      return failure('FL_CNI_PLUGIN_BUSY', `${path} is being written`, {
        ...subjectOf(execution),
        hint: 'Replace a plugin by renaming a whole new file over it.',
        cause,
      })
    case 'EACCES':
    case 'ENOEXEC':
    case 'EPERM':
      return notExecutable(execution, 'it may not be executed (chmod +x, noexec?)', cause)
    case 'ENOENT':
      return notExecutable(execution, 'it or its interpreter is not there', cause)
    default:
      return failure('FL_CNI_PLUGIN_START', `${path} cannot be started: ${textOf(cause)}`, {
        ...subjectOf(execution),
        cause,
      })
  }
}

function notExecutable(
  execution: PluginExecution,
  problem: string,
  cause?: unknown,
): CniOutcome<never> {
  return failure(
    'FL_CNI_PLUGIN_NOT_EXECUTABLE',
    `${execution.path} cannot be executed: ${problem}`,
    { ...subjectOf(execution), cause, hint: 'Install the plugin anew, for this machine.' },
  )
}

function subjectOf({ plugin, network, verb }: PluginExecution) {
  return { plugin, verb, ...(network === undefined ? {} : { network }) }
}

function lastLine(text: string): string {
  const limit = 500
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  return line.length <= limit ? line : `${line.slice(0, limit)}...`
}
