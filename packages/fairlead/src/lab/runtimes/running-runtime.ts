import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { connectCri } from '@fairlead/cri'
import { FairleadError, messageOf } from '../../errors.ts'
import { type Clock, settlesWithin, waitUntil } from '../../ports.ts'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'

/** A runtime that runs in a node. */
export interface RunningRuntime {
  /** The CRI socket, as this process reaches it. */
  readonly socketPath: string
  /** Settles with how the process ended, whoever ended it. */
  readonly exited: Promise<string>
  /** Ends it: SIGTERM, then SIGKILL after 3 s. */
  stop(): Promise<void>
}

/** A runtime with its folders made in a node, not started yet. */
export interface PreparedRuntime {
  readonly confDir: { readonly outside: string; readonly inside: string }
  readonly binDir: { readonly outside: string; readonly inside: string }
  /** Starts it; its log goes to `logFile`. Settles when its CRI answers and pods can come. */
  start(options: StartOptions): Promise<RunningRuntime>
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
}

/** How long a runtime may take from its start to its first answer. */
const SERVING_TIMEOUT_MS = 30_000
/** How long it may take to end after SIGTERM. */
const STOP_TIMEOUT_MS = 3_000
const PID_PATH = `${NODE_DIR}/runtime.pid`

/**
 * Starts a runtime in a node and waits for its CRI to answer.
 *
 * @throws {FairleadError} FL_RUNTIME_START when it ends or does not answer in time.
 */
export async function startRuntime(
  command: RuntimeCommand,
  node: TrialNode,
  options: StartOptions,
): Promise<RunningRuntime> {
  const child = node.spawn(['sh', '-c', `echo $$ >${PID_PATH}; exec "$@"`, 'sh', ...command.argv], {
    env: command.env,
  })
  const log = createWriteStream(options.logFile)
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const exited = ending(child).finally(() => log.end())

  const running: RunningRuntime = {
    socketPath: node.outside(command.socketPath),
    exited,
    stop: async () => {
      // `child` is nsenter, which hands no signal on; the pid is the node's.
      await node.run(['sh', '-c', `kill -TERM "$(cat ${PID_PATH})"`], {
        timeoutMs: STOP_TIMEOUT_MS,
      })
      const { clock } = options
      const stopped = await settlesWithin(exited, { clock, timeoutMs: STOP_TIMEOUT_MS })
      if (!stopped) child.kill('SIGKILL')
    },
  }
  await untilServing(command.name, running, options)
  return running
}

async function untilServing(
  name: string,
  running: RunningRuntime,
  { clock, signal, logFile }: StartOptions,
): Promise<void> {
  using cri = connectCri(running.socketPath)
  let exit: string | undefined
  void running.exited.then((how) => {
    exit = how
  })
  let lastError = 'it never answered'
  const serving = await waitUntil(
    async () => {
      if (exit !== undefined) return true
      const answer = await cri.version({ timeoutMs: 2000, signal })
      if (!answer.ok) lastError = answer.error.message
      return answer.ok
    },
    { clock, everyMs: 25, timeoutMs: SERVING_TIMEOUT_MS, signal },
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
