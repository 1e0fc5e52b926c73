import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { parseNetworkConfig, requestConfig } from '@fairlead/cni'
import { messageOf } from '../../errors.ts'
import { makeDir } from '../../files.ts'
import { type Clock, settlesWithin } from '../../ports.ts'
import { cniVersionOf, ERR_INTERNAL, fail, type Outcome, succeed } from './behaviour.ts'
import type { Execution, Role } from './plugin-host.ts'
import { answerWithoutResult } from './roles.ts'

/** pkg/server/api/api.go:28-30 (multus v4.1.4): how long the shim waits for the daemon's API. */
const SHIM_WAIT_MS = 60_000

/**
 * Multus 4.1 in its thick form, as a runtime meets it: a shim that the runtime runs, and a daemon
 * that the shim asks. The shim waits up to 60 s for the daemon to be up, then for its answer without
 * any limit; the daemon reads the `clusterNetwork` file anew for each ADD and delegates to the plugins
 * in it. DEL is one try that never fails (pkg/server/api/shim.go).
 *
 * The delegate runs as a child of the shim here, of the daemon in Multus. A runtime waits on the shim
 * in either case. The daemon's socket is there for who looks whether it is up; nothing is said on it.
 */
export class Multus implements AsyncDisposable {
  readonly #clock: Clock
  readonly #readFile: (path: string) => Promise<string>
  readonly #socketPath: string | undefined
  #socket: Server | undefined
  #up = false
  readonly #waiting = new Set<() => void>()

  /** `readFile` reads a file of the node, `socketPath` leads to the daemon's socket there, if it is made. */
  constructor(clock: Clock, readFile: (path: string) => Promise<string>, socketPath?: string) {
    this.#clock = clock
    this.#readFile = readFile
    this.#socketPath = socketPath
  }

  /** The daemon's API is up from now on. */
  async start(): Promise<void> {
    this.#up = true
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
    if (this.#socketPath === undefined || this.#socket !== undefined) return
    await makeDir(path.dirname(this.#socketPath))
    this.#socket = createServer((connection) => connection.destroy()).listen(this.#socketPath)
    await once(this.#socket, 'listening')
  }

  /** The daemon is gone from now on, and its socket with it. */
  async stop(): Promise<void> {
    this.#up = false
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    socket.close()
    await once(socket, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** What the shim does when it is run. */
  readonly shim: Role = async (execution) => {
    if (execution.verb === 'VERSION') return answerWithoutResult('VERSION')
    if (execution.verb === 'DEL') {
      return this.#up ? this.#delegate(execution).catch(() => succeed()) : succeed()
    }
    if (!(await this.#untilUp(execution.ended))) {
      return this.#failure(execution, 'timed out waiting for the condition')
    }
    return this.#delegate(execution).catch((error: unknown) =>
      this.#failure(execution, messageOf(error)),
    )
  }

  async #untilUp(signal: AbortSignal): Promise<boolean> {
    if (this.#up) return true
    const woken = new Promise<void>((resolve) => {
      this.#waiting.add(resolve)
    })
    await settlesWithin(woken, { clock: this.#clock, timeoutMs: SHIM_WAIT_MS, signal })
    return this.#up
  }

  async #delegate(execution: Execution): Promise<Outcome> {
    const conf: unknown = JSON.parse(execution.stdin)
    if (typeof conf !== 'object' || conf === null || !('clusterNetwork' in conf)) {
      throw new Error('the shim was given no clusterNetwork')
    }
    const clusterNetwork = String(conf.clusterNetwork)
    const parsed = parseNetworkConfig(await this.#readFile(clusterNetwork), clusterNetwork)
    if (!parsed.ok) throw new Error(`error loading ${parsed.error.message}`)
    const { name, cniVersion, plugins } = parsed.value
    const [plugin] = plugins
    const [binDir] = execution.path
    if (plugin === undefined || binDir === undefined) throw new Error('no delegate')
    return {
      reply: {
        action: 'delegate',
        executable: `${binDir}/${plugin.type}`,
        stdin: requestConfig(plugin, {
          set: { name: JSON.stringify(name), cniVersion: JSON.stringify(cniVersion) },
        }),
      },
      outcome: `delegated to ${plugin.type}`,
    }
  }

  #failure(execution: Execution, reason: string): Outcome {
    const command = `Cmd${execution.verb.charAt(0)}${execution.verb.slice(1).toLowerCase()}`
    return fail(cniVersionOf(execution), ERR_INTERNAL, `${command} (shim): ${reason}`)
  }
}
