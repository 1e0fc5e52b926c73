import { hostname } from 'node:os'
import { connectCri, type CriClient } from '@fairlead/cri'
import { pluginProcesses } from '../plugin-processes.ts'
import { type AgentReport, readAgentReport } from '../agent-report.ts'
import { type LiveWatch, Observers, type StatusSoFar } from '../lab/observers.ts'
import type { TraceSink } from '../lab/trace.ts'
import { type Clock, wallClockMs } from '../ports.ts'
import { confDirInForce } from '../verbose-info.ts'
import { confChanges, type ConfFiles, confFilesOf } from './conf-files.ts'
import { liveNetworks } from './live-networks.ts'
import { LiveTrace } from './live-trace.ts'
import type { LiveUpdate, NodeFacts } from './live.ts'
import { PluginExecutions } from './plugin-executions.ts'
import { PluginPrograms } from './plugin-program.ts'

/** A plugin, or a state of the conf dir, that lasts for less may be missed. */
const LOOK_EVERY_MS = 500
const PROBE_EVERY_MS = 1_000
const AGENT_EVERY_MS = 2_000
const VERSION_EVERY_MS = 10_000
const VERSION_TIMEOUT_MS = 5_000

/** Which node is watched, and through what. */
export interface NodeWatchOptions {
  readonly socketPath: string
  /** The status file of an agent; there may be none. */
  readonly agentFile: string
  /** Undefined for the one that the runtime names. */
  readonly confDir: string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Watches this node until the signal, and changes nothing on it: Status as a kubelet asks for it and
 * once a second, what the runtime says of its networks, the plugins that run, the conf dir, the agent.
 */
export class NodeWatch {
  readonly #options: NodeWatchOptions
  readonly #trace = new LiveTrace()
  readonly #live: LiveWatch = { probeEveryMs: PROBE_EVERY_MS, open: new Set(), info: undefined }
  readonly #originMs: number
  readonly #sinceMs: number
  readonly #others = new Map<number, number>()
  readonly #programs = new PluginPrograms()
  readonly #executions = new PluginExecutions()
  #confFiles: ConfFiles = new Map()
  #firstStatusMs: number | undefined
  #runtime: NodeFacts['runtime']
  #agent: AgentReport | undefined

  constructor(options: NodeWatchOptions) {
    this.#options = options
    // Wall time at the beginning, then monotonic: a clock that is set must not tear the timeline.
    this.#originMs = wallClockMs() - options.clock.now()
    this.#sinceMs = this.#atMs()
  }

  /** Ends with the signal. */
  async run(): Promise<void> {
    const { socketPath, clock, signal } = this.#options
    const soFar: StatusSoFar = { lastAnswerMs: undefined, networkReady: false, loaded: undefined }
    const atMs = () => this.#atMs()
    const sink: TraceSink = {
      write: (event) => {
        if (event.type === 'status' && event.observer === 'kubelet') {
          this.#firstStatusMs ??= event.atMs
        }
        this.#trace.write(event)
      },
    }
    const observers = new Observers({
      socketPath,
      clock,
      atMs,
      sink,
      signal,
      soFar,
      live: this.#live,
    })
    observers.start()
    using cri = connectCri(socketPath)
    await Promise.all([
      this.#every(LOOK_EVERY_MS, () => this.#look()),
      this.#every(AGENT_EVERY_MS, () => this.#readAgent()),
      this.#every(VERSION_EVERY_MS, () => this.#askVersion(cri)),
    ])
    await observers.stop()
  }

  /** What a page that knows the trace up to the event of this number has to be told. */
  updateSince(number: number): { readonly update: LiveUpdate; readonly upTo: number } {
    const atMs = this.#atMs()
    this.#trace.prune(atMs)
    const since = number === 0 ? undefined : this.#trace.since(number)
    const update = {
      atMs,
      isWhole: since === undefined,
      events: since ?? this.#trace.events,
      open: [...this.#live.open],
      node: this.#facts(),
    }
    return { update, upTo: this.#trace.count }
  }

  /** Tells this watch from an earlier one, whose numbers mean nothing here. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  #facts(): NodeFacts {
    const { socketPath } = this.#options
    const { info } = this.#live
    const networks = info === undefined ? undefined : liveNetworks(info)
    const confDir = this.#confDir()
    return {
      hostname: hostname(),
      socketPath,
      sinceMs: this.#sinceMs,
      ...(this.#firstStatusMs !== undefined && { firstStatusMs: this.#firstStatusMs }),
      ...(this.#runtime && { runtime: this.#runtime }),
      ...(networks && { networks }),
      ...(confDir !== undefined && { confDir }),
      ...(this.#agent && { agent: this.#agent }),
    }
  }

  #confDir(): string | undefined {
    return this.#options.confDir ?? confDirInForce(this.#live.info?.['cniconfig'])
  }

  async #look(): Promise<void> {
    const plugins = await this.#programs.among(await pluginProcesses(this.#others))
    for (const event of this.#executions.look(plugins, this.#atMs())) {
      this.#trace.write(event)
    }
    const confDir = this.#confDir()
    if (confDir === undefined) return
    const files = await confFilesOf(confDir)
    for (const change of confChanges(this.#confFiles, files, this.#atMs())) {
      this.#trace.write({ type: 'conf', ...change })
    }
    this.#confFiles = files
  }

  async #readAgent(): Promise<void> {
    // That there is no agent is no fault; that what it wrote cannot be read, its own command tells.
    this.#agent = await readAgentReport(this.#options.agentFile).catch(() => undefined)
  }

  /** Again and again, since a runtime may be upgraded under one's eyes. */
  async #askVersion(cri: CriClient): Promise<void> {
    const { signal } = this.#options
    const version = await cri.version({ timeoutMs: VERSION_TIMEOUT_MS, signal })
    if (!version.ok) return
    const { runtimeName, runtimeVersion } = version.value
    this.#runtime = { name: runtimeName, version: runtimeVersion }
  }

  async #every(pauseMs: number, once: () => Promise<void>): Promise<void> {
    const { clock, signal } = this.#options
    while (!signal.aborted) {
      await once()
      await clock.sleep(pauseMs, signal).catch(() => {
        // The signal ends the loop.
      })
    }
  }

  #atMs(): number {
    return Math.round(this.#originMs + this.#options.clock.now())
  }
}
