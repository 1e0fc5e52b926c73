import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { connectCri } from '@fairlead/cri'
import { FairleadError, messageOf } from '../../errors.ts'
import { type Clock, settlesWithin, waitUntil } from '../../ports.ts'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'

/** A runtime whose process was started in a node. */
export interface RunningRuntime {
  /**
   * Settles when its CRI answers and pods can come. Rejects with a FairleadError, FL_RUNTIME_START, when
   * it ends before or does not answer within 30 s.
   */
  readonly serving: Promise<void>
  /** Settles with how the process ended, whoever ended it. */
  readonly exited: Promise<string>
  /** Ends it: SIGTERM, then SIGKILL after 3 s. Settles when it has ended. */
  stop(): Promise<void>
  /** Ends it by SIGKILL. What it had started stays. Settles when it has ended. */
  kill(): Promise<void>
  /** Adds to its log what its goroutines do; nothing where it has no way to tell. */
  dump(): Promise<void>
}

/** A runtime with its folders made in a node, not started yet. */
export interface PreparedRuntime {
  /** Where installers write. */
  readonly confDir: { readonly outside: string; readonly inside: string }
  /** Where it loads from, as this process sees it, if that is another folder. */
  readonly loadedDir?: string
  readonly binDir: { readonly outside: string; readonly inside: string }
  /** The CRI socket. */
  readonly socket: { readonly outside: string; readonly inside: string }
  /** Starts it, as often as wanted on the same state; its log is added to `logFile`. */
  start(options: StartOptions): RunningRuntime
}

/** What a runtime is started with. */
export interface StartOptions {
  readonly logFile: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A runtime's process. */
export interface RuntimeCommand {
  /** For messages. */
  readonly name: string
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Its CRI socket, as the node has it. */
  readonly socketPath: string
  /**
   * A shell's words that have the process `$1` tell what its goroutines do. What they print is added to
   * its log; undefined where it has no way to.
   */
  readonly dumpScript?: string
}

/** How long a runtime may take from its start to its first answer. */
const SERVING_TIMEOUT_MS = 30_000
/** A call to one that begins may never be answered: then it is asked again, this often. */
const ANSWER_TIMEOUT_MS = 2_000
const ASK_EVERY_MS = 25
/** How long it may take to end after SIGTERM. */
const STOP_TIMEOUT_MS = 3_000
/** How long what its goroutines do may take to be told. */
const DUMP_TIMEOUT_MS = 5_000
/** Where the number of a runtime's process is, on a file system that no scenario fills. */
export const RUNTIME_PID_PATH: string = `${NODE_DIR}/plugins/runtime.pid`

/** Starts a runtime in a node. */
export function startRuntime(
  command: RuntimeCommand,
  node: TrialNode,
  options: StartOptions,
): RunningRuntime {
  // The descriptor itself is handed on: a pipe would be read by this process, and it outlives the
  // runtime in the hands of what the runtime has started.
  const log = openSync(options.logFile, 'a')
  const child = node.spawn(
    ['sh', '-c', `echo $$ >${RUNTIME_PID_PATH}; exec "$@"`, 'sh', ...command.argv],
    {
      env: command.env,
      output: log,
    },
  )
  closeSync(log)
  const exited = ending(child)
  /** `child` is nsenter, which hands no signal on; the pid is the node's. */
  const endsBy = async (name: 'TERM' | 'KILL') => {
    await node.run(['sh', '-c', `kill -${name} "$(cat ${RUNTIME_PID_PATH})"`], {
      timeoutMs: STOP_TIMEOUT_MS,
    })
    return settlesWithin(exited, { clock: options.clock, timeoutMs: STOP_TIMEOUT_MS })
  }
  const kill = async () => {
    if (await endsBy('KILL')) return
    throw new FairleadError('FL_STEP', `${command.name} does not end on SIGKILL.`)
  }
  return {
    serving: untilServing(command, exited, node, options),
    exited,
    kill,
    stop: async () => {
      if (!(await endsBy('TERM'))) await kill()
    },
    dump: async () => {
      if (command.dumpScript === undefined) return
      const script = `set -- "$(cat ${RUNTIME_PID_PATH})"; ${command.dumpScript}`
      const { stdout } = await node.run(['sh', '-c', script], { timeoutMs: DUMP_TIMEOUT_MS })
      if (stdout !== '') await appendFile(options.logFile, stdout)
    },
  }
}

async function untilServing(
  { name, socketPath }: RuntimeCommand,
  exited: Promise<string>,
  node: TrialNode,
  { clock, signal, logFile }: StartOptions,
): Promise<void> {
  using cri = connectCri(node.outside(socketPath))
  let exit: string | undefined
  void exited.then((how) => {
    exit = how
  })
  let lastError = 'it never answered'
  const serving = await waitUntil(
    async () => {
      if (exit !== undefined) return true
      const answer = await cri.version({ timeoutMs: ANSWER_TIMEOUT_MS, signal })
      if (!answer.ok) lastError = answer.error.message
      return answer.ok
    },
    { clock, everyMs: ASK_EVERY_MS, timeoutMs: SERVING_TIMEOUT_MS, signal },
  )
  if (serving && exit === undefined) return
  throw new FairleadError(
    'FL_RUNTIME_START',
    exit === undefined
      ? `${name} did not serve CRI within ${SERVING_TIMEOUT_MS / 1000} s: ${lastError}`
      : `${name} ended while starting: ${exit}`,
    { hint: `Its log is in ${logFile}.` },
  )
}

function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${code ?? 'unknown'}` : signal)
    })
    child.once('error', (error) => {
      resolve(messageOf(error))
    })
  })
}
