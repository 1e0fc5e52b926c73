import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import path from 'node:path'
import { z } from 'zod'
import { FairleadError } from '../../errors.ts'
import type { ReadyCondition } from '../../kubelet/ready-condition.ts'
import { type Clock, settlesWithin } from '../../ports.ts'
import type { TrialNode } from '../node/trial-node.ts'
import type { TraceSink } from '../trace.ts'
import type { KubeletInstall } from './kubelet-install.ts'
import { API_SERVER_URL, KUBELET_DIR, NODE_NAME, nodeFiles } from './node-files.ts'
import { KUBELET_NODE_SCRIPT } from './node-script.ts'
import { apiServerArgv, etcdArgv, kubeletArgv } from './programs.ts'

/** What a real kubelet on a trial's node takes. */
export interface RealKubeletOptions {
  readonly install: KubeletInstall
  readonly node: TrialNode
  /** The runtime's, as the node has it. */
  readonly criSocketPath: string
  /** Where kubelet, kube-apiserver and etcd log. */
  readonly logFile: string
  readonly clock: Clock
  readonly atMs: () => number
  readonly sink: TraceSink
  readonly signal: AbortSignal
}

const PREPARE_TIMEOUT_MS = 10_000
/** On two busy cores an API server serves after some ten seconds. */
const SERVING_TIMEOUT_MS = 90_000
/** A kubelet that ends is started again as by its unit (kubernetes/release v0.18.0 kubelet.service: RestartSec=10) ... */
const RESTART_AFTER_MS = 10_000
/** ... but one that always ends says nothing about a runtime. */
const STARTS_MAX = 3

/** Beside this file, in source and when built. */
const watchNode = () =>
  path.join(import.meta.dirname, `watch-node${path.extname(import.meta.filename)}`)

/**
 * A real kubelet on a trial's node, with an API server and etcd of its own, of which the Node object is read. All of
 * it ends with the node, or when the node reboots; a boot begins with an empty cluster, so that
 * the Node object is that boot's.
 */
export class RealKubelet {
  readonly #options: RealKubeletOptions
  #apiServer: ApiServer | undefined

  constructor(options: RealKubeletOptions) {
    this.#options = options
  }

  /**
   * Starts the API server and waits until it serves.
   *
   * @throws {FairleadError} FL_KUBELET_START when it does not within 90 s.
   */
  async startApiServer(): Promise<void> {
    this.#apiServer = await startApiServer(this.#options)
  }

  /**
   * Runs kubelet until `signal`, and writes the Ready condition of its Node whenever that changes; `tell` hears whether it
   * is Ready. The API server is started before, where the node has booted since. A kubelet that finds no runtime when it
   * starts ends, and is started again.
   *
   * @throws {FairleadError} FL_KUBELET_START when kubelet has ended three times, or another program once.
   */
  async run(signal: AbortSignal, tell: (isReady: boolean) => void = () => {}): Promise<void> {
    const { install, clock, atMs, sink } = this.#options
    if (this.#apiServer === undefined) await this.startApiServer()
    const apiServer = this.#apiServer
    if (apiServer === undefined || signal.aborted) return
    apiServer.onReady((condition) => {
      if (signal.aborted) return
      tell(condition.status === 'True')
      sink.write({ type: 'node-ready', atMs: atMs(), ...condition })
    })
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    const others = Promise.race([stopped, apiServer.ended])
    let ended: string | undefined
    for (let starts = 1; ; starts += 1) {
      const kubelet = startProgram('kubelet', kubeletArgv(install), this.#options)
      const end = await Promise.race([others, kubelet.ended.then((how) => ({ how }))])
      ended = typeof end === 'object' ? end.how : end
      if (typeof end !== 'object' || starts === STARTS_MAX) break
      await clock.sleep(RESTART_AFTER_MS, signal).catch(() => {
        // The signal ends the loop below.
      })
      if (signal.aborted) break
    }
    // Whoever stops it does so for a reboot, or for the end of the node.
    this.#apiServer = undefined
    if (ended !== undefined && !signal.aborted) {
      throw this.#failure(`${ended} while the trial went on`)
    }
  }

  #failure(what: string): FairleadError {
    return startFailure(what, this.#options.logFile)
  }
}

type NodeReady = Pick<ReadyCondition, 'status' | 'reason' | 'message'>

interface ApiServer {
  /** Settles with a sentence when a program of it has ended. */
  readonly ended: Promise<string>
  /** Who is told of the Ready condition from now on. */
  onReady(listener: (condition: NodeReady) => void): void
}

async function startApiServer(options: RealKubeletOptions): Promise<ApiServer> {
  const { install, node, criSocketPath, clock, signal, logFile } = options
  const { token, files } = nodeFiles(criSocketPath)
  await mkdir(node.outside(KUBELET_DIR), { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(files)) {
    await writeFile(node.outside(`${KUBELET_DIR}/${name}`), text, { mode: 0o600 })
  }
  const prepared = await node.run(['sh', '-c', KUBELET_NODE_SCRIPT], {
    timeoutMs: PREPARE_TIMEOUT_MS,
    signal,
  })
  if (prepared.code !== 0) {
    throw startFailure(`its node cannot be prepared: ${prepared.stderr.trim()}`, logFile)
  }
  const etcd = startProgram('etcd', etcdArgv(install), options)
  const apiServer = startProgram('kube-apiserver', apiServerArgv(install), options)
  const watch = node.spawn([process.execPath, watchNode(), API_SERVER_URL, token, NODE_NAME])
  watch.stderr?.resume()
  const ended = Promise.race([etcd.ended, apiServer.ended, endOf('the watch of the node', watch)])
  let onReady: ((condition: NodeReady) => void) | undefined
  const serving = new Promise<void>((resolve) => {
    if (watch.stdout === null) return
    createInterface({ input: watch.stdout }).on('line', (line) => {
      const told = toldSchema.parse(JSON.parse(line))
      if ('serving' in told) resolve()
      else onReady?.(told.ready)
    })
  })
  const decided = Promise.race([serving, ended])
  const inTime = await settlesWithin(decided, { clock, timeoutMs: SERVING_TIMEOUT_MS, signal })
  signal.throwIfAborted()
  const how = inTime
    ? await decided
    : `its API server did not serve within ${SERVING_TIMEOUT_MS / 1000} s`
  if (how !== undefined) throw startFailure(how, logFile)
  return {
    ended,
    onReady: (listener) => {
      onReady = listener
    },
  }
}

/** A line of `watch-node`. No controller is there that would make the condition Unknown. */
const toldSchema = z.union([
  z.object({ serving: z.literal(true) }),
  z.object({
    ready: z.object({
      status: z.enum(['True', 'False']),
      reason: z.enum(['KubeletReady', 'KubeletNotReady']),
      message: z.string(),
    }),
  }),
])

function startProgram(
  name: string,
  argv: readonly string[],
  { node, logFile }: RealKubeletOptions,
): { readonly ended: Promise<string> } {
  const log = openSync(logFile, 'a')
  const child = node.spawn(argv, { output: log })
  closeSync(log)
  return { ended: endOf(name, child) }
}

function endOf(name: string, child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(`${name} ended with ${signal ?? `exit code ${code ?? 'unknown'}`}`)
    })
    child.once('error', (error) => {
      resolve(`${name} cannot be started: ${error.message}`)
    })
  })
}

function startFailure(what: string, logFile: string): FairleadError {
  return new FairleadError('FL_KUBELET_START', `The real kubelet: ${what}.`, {
    hint: `Its log is in ${logFile}.`,
  })
}
