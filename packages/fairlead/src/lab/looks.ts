import { readFile } from 'node:fs/promises'
import { PodSandboxState } from '@fairlead/cri'
import { lookAtFolders } from '../lint/look-at-folders.ts'
import { type Clock, wallClockMs } from '../ports.ts'
import type { TrialNode } from './node/trial-node.ts'
import type { StatusSoFar } from './observers.ts'
import type { Pods } from './pods.ts'
import type { RuntimeLife } from './runtime-life.ts'
import { isGuarded, type RuntimeInstall } from './runtimes/install.ts'
import { RUNTIME_PID_PATH } from './runtimes/running-runtime.ts'
import type { TraceSink } from './trace.ts'

const LOOK_EVERY_MS = 500
/** Installers write one file after the other, and a runtime needs its time to load them. */
const SETTLED_AFTER_MS = 2_500
/** About how often the runtime is asked what it has loaded. */
const ASKED_EVERY_MS = 1_000
/** A storm of changes says the same time and again. */
const LOOKS_AT_MOST = 8

/** What looks are made with. */
export interface LooksOptions {
  readonly install: RuntimeInstall
  readonly node: TrialNode
  /** The plugins that the scenario's stack runs. */
  readonly pluginTypes: readonly string[]
  readonly folders: Pick<RuntimeLife, 'loadedDir' | 'binDir'>
  readonly soFar: StatusSoFar
  readonly pods: Pods
  readonly sink: TraceSink
  readonly clock: Clock
  readonly atMs: () => number
  readonly signal: AbortSignal
}

/**
 * Looks at the folders of a trial's node as the doctor does on a live one, whenever the conf dir has come to
 * rest, and writes what is wrong to the trace: nobody can tell afterwards what lay there.
 */
export class Looks {
  readonly #options: LooksOptions
  #changedMs: number | undefined
  #restingMs = 0
  #last = ''

  /** An empty conf dir that waits for its first file is looked at when that has come. */
  constructor(options: LooksOptions, { isEmpty }: { readonly isEmpty: boolean }) {
    this.#options = options
    this.#changedMs = isEmpty ? undefined : 0
  }

  /** The conf dir has changed. */
  changed(): void {
    this.#changedMs = this.#options.atMs()
    this.#restingMs = this.#changedMs
  }

  /** Ends with the signal. */
  async watch(): Promise<void> {
    const { clock, atMs, soFar, signal } = this.#options
    for (let looks = 0; looks < LOOKS_AT_MOST && !signal.aborted;) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
        // The signal ends the loop.
      })
      const changedMs = this.#changedMs
      if (changedMs === undefined || soFar.lastAnswerMs === undefined || signal.aborted) continue
      if (atMs() - changedMs < SETTLED_AFTER_MS) continue
      this.#changedMs = undefined
      looks += 1
      await this.look(undefined)
    }
  }

  /** Once more, with what pods that are gone have left behind. */
  async lookAtLast(): Promise<void> {
    const { pods, signal } = this.#options
    const listed = pods.openCallMs === undefined ? await pods.list(signal) : undefined
    await this.look(
      listed?.map(({ id, state }) => ({ id, isReady: state === PodSandboxState.SANDBOX_READY })),
    )
  }

  async look(
    sandboxes: readonly { readonly id: string; readonly isReady: boolean }[] | undefined,
  ): Promise<void> {
    const { install, node, folders, soFar, sink, atMs, signal } = this.#options
    const runtime = predictedName(install)
    if (runtime === undefined) return
    const outside = node.outside('')
    const pid = await readFile(node.outside(RUNTIME_PID_PATH), 'latin1').catch(() => '')
    const seen = await lookAtFolders({
      confDir: folders.loadedDir,
      binDirs: [folders.binDir.outside],
      runtime,
      pid: Number(pid) || undefined,
      procDir: node.outside('/proc'),
      // An agent publishes at moments that nobody tells the lab.
      loaded: isGuarded(install) ? undefined : this.#loaded(soFar),
      sandboxes,
      minAgeMs: SETTLED_AFTER_MS,
      now: wallClockMs(),
      resultsDir: node.outside('/var/lib/cni/results'),
      netnsDir: node.outside('/run/netns'),
      env: process.env,
      signal,
      // What is only to be looked at fails no trial.
    }).catch(() => [])
    const told = seen
      .filter((each) => each.probe !== 'binary-missing' || this.#isRun(each.text))
      .map(({ probe, text }) => ({ probe, text: text.replaceAll(outside, '') }))
    const now = JSON.stringify(told)
    if (now === this.#last) return
    this.#last = now
    for (const { probe, text } of told) sink.write({ type: 'look', atMs: atMs(), probe, text })
  }

  /** What the runtime has said since the conf dir came to rest: before, and while it is silent, it may be behind. */
  #loaded({ loaded }: StatusSoFar): readonly string[] | undefined {
    const sinceMs = Math.max(
      this.#restingMs + ASKED_EVERY_MS,
      this.#options.atMs() - 3 * ASKED_EVERY_MS,
    )
    return loaded !== undefined && loaded.atMs > sinceMs ? loaded.networks : undefined
  }

  /** What the configs name beside that (delegates, IPAM) the lab's plugins do without. */
  #isRun(text: string): boolean {
    return this.#options.pluginTypes.some((type) => text.includes(` ${type} `))
  }
}

/** The runtime as `fairlead lint` names it; undefined where its version is not the lab's to know. */
function predictedName(install: RuntimeInstall): string | undefined {
  switch (install.kind) {
    case 'embedded':
      return 'fairlead'
    case 'containerd':
    case 'crio':
      return `${install.kind}@${install.version.text}`
    case 'socket':
      return undefined
  }
}
