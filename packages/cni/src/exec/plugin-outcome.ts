import { type CniOutcome, failure, success, systemCodeOf, textOf } from '../errors.ts'
import { parseObject, valueAt } from '../result/value-reader.ts'
import type { PluginExecution, PluginOutput } from './plugin-runner.ts'
import type { ProcessEnd } from './process-end.ts'

/** What the end of a plugin's process means. */
export function outcomeOf(
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
    case 'lost':
      return failure('FL_CNI_PLUGIN_SIGNAL', `${how.problem}${survival(how.survives)}`, about)
    case 'deadline':
      return failure(
        'FL_CNI_PLUGIN_DEADLINE',
        `the plugin was not done after ${execution.timeoutMs} ms and was ended${survival(how.survives)}`,
        { ...about, details: lastLine(stderr) },
      )
    case 'aborted':
      return failure(
        'FL_CNI_ABORTED',
        `the caller gave up on the plugin${survival(how.survives)}`,
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
  const value = parseObject(stdout)
  if (value === undefined) return undefined
  const code = valueAt(value, 'code') ?? 0
  const msg = valueAt(value, 'msg') ?? ''
  const details = valueAt(value, 'details') ?? ''
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

/** The outcome of a file that no process can be made of. */
export function notExecutable(
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
