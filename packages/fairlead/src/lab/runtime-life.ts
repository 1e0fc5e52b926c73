import { settlesWithin, type Clock } from '../ports.ts'
import type { StatusSoFar } from './observers.ts'
import type { TrialNode } from './node/trial-node.ts'
import type { RuntimeInstall } from './runtimes/install.ts'
import { prepareRuntime } from './runtimes/prepare.ts'
import type { PreparedRuntime, RunningRuntime } from './runtimes/running-runtime.ts'
import type { TraceSink } from './trace.ts'

/** How long after a runtime has ended its end may take to be told. */
const EXITED_TIMEOUT_MS = 3_000

/** What the life of a runtime is told in and acts on. */
export interface RuntimeLifeOptions {
  readonly install: RuntimeInstall
  readonly node: TrialNode
  readonly soFar: StatusSoFar
  readonly logFile: string
  readonly clock: Clock
  readonly sink: TraceSink
  readonly atMs: () => number
  readonly signal: AbortSignal
}

/**
 * The runtime of a trial, through every start and end that its scenario asks for. Each of them is in the
 * trace; an end that nobody asked for is a crash.
 */
export class RuntimeLife {
  readonly #options: RuntimeLifeOptions
  readonly #crash = new AbortController()
  #prepared: PreparedRuntime
  #running: RunningRuntime | undefined

  private constructor(options: RuntimeLifeOptions, prepared: PreparedRuntime) {
    this.#options = options
    this.#prepared = prepared
  }

  /** Makes what the runtime needs in its node, and does not start it. */
  static async prepare(options: RuntimeLifeOptions): Promise<RuntimeLife> {
    return new RuntimeLife(options, await prepareRuntime(options.install, options.node))
  }

  get confDir(): PreparedRuntime['confDir'] {
    return this.#prepared.confDir
  }

  /** Where it loads from, as this process sees it. */
  get loadedDir(): string {
    return this.#prepared.loadedDir ?? this.#prepared.confDir.outside
  }

  get binDir(): PreparedRuntime['binDir'] {
    return this.#prepared.binDir
  }

  /** The same through all starts. */
  get socket(): PreparedRuntime['socket'] {
    return this.#prepared.socket
  }

  /** Aborted when the runtime ended and nobody had asked it to. */
  get crashed(): AbortSignal {
    return this.#crash.signal
  }

  /**
   * Starts it on the state that is there, and waits until pods can come. Does nothing when it runs.
   *
   * @throws {FairleadError} FL_RUNTIME_START when it ends while it starts, or does not answer within 30 s;
   * in the second case it goes on running.
   */
  async start(message?: string): Promise<void> {
    if (this.#running !== undefined) return
    const { install, logFile, clock, signal, soFar, atMs } = this.#options
    // What is silent from now on is silent since now.
    soFar.lastAnswerMs = atMs()
    // One that was there already is not started by this.
    if (install.kind !== 'socket') this.#tell('started', message)
    const running = this.#prepared.start({ logFile, clock, signal })
    this.#running = running
    void running.exited.then((how) => {
      this.#tell('exited', how)
      if (this.#running !== running) return
      this.#running = undefined
      this.#crash.abort()
    })
    await running.serving
    this.#tell('serving')
  }

  /** Adds to its log what its goroutines do. False, and nothing done, while it does not run. */
  async dump(): Promise<boolean> {
    const running = this.#running
    await running?.dump()
    return running !== undefined
  }

  /** Ends it by SIGTERM, as an init system does, and by SIGKILL 3 s later. */
  async stop(): Promise<void> {
    await this.#end('stopping', 'SIGTERM', (running) => running.stop())
  }

  /** Ends it by SIGKILL. Shims and plugins live on. */
  async kill(): Promise<void> {
    await this.#end('stopping', 'SIGKILL', (running) => running.kill())
  }

  /** Ends it with everything else that runs on its node. */
  async reboot(): Promise<void> {
    await this.#end('rebooting', undefined, () => this.#options.node.reboot())
  }

  /** Stops it, if it runs, and starts the version to upgrade to, or the original one, on its state. */
  async upgrade(to: 'other' | 'original'): Promise<void> {
    const { install, node } = this.#options
    await this.stop()
    const next = to === 'other' && install.kind === 'containerd' ? install.upgrade : undefined
    this.#prepared = await prepareRuntime(next ?? install, node)
    await this.start(`${(next ?? install).name}, ${(next ?? install).version.text}`)
  }

  /** Ends it at the end of a trial; one that the lab has not started goes on. */
  async leave(): Promise<void> {
    if (this.#options.install.kind !== 'socket') await this.stop()
  }

  async #end(
    phase: 'stopping' | 'rebooting',
    message: string | undefined,
    end: (running: RunningRuntime) => Promise<void>,
  ): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    this.#tell(phase, message)
    await end(running)
    // Until then it may have answered.
    this.#options.soFar.networkReady = false
    // `exited` is in the trace before whatever comes next.
    await settlesWithin(running.exited, {
      clock: this.#options.clock,
      timeoutMs: EXITED_TIMEOUT_MS,
    })
  }

  #tell(phase: 'started' | 'serving' | 'stopping' | 'rebooting' | 'exited', message?: string) {
    const { sink, atMs } = this.#options
    const told = message === undefined ? {} : { message }
    sink.write({ type: 'runtime', phase, atMs: atMs(), ...told })
  }
}
