import { type CriResult, connectCri, type CriClient, type StatusResponse } from '@fairlead/cri'
import { KUBELET, type ObservedCondition, type StatusOutcome } from '../kubelet/ready-condition.ts'
import type { Clock } from '../ports.ts'
import type { RealKubelet } from './kubelet/real-kubelet.ts'
import { networksInForce } from '../verbose-info.ts'
import type { CniLoadEvent, StatusEvent, StatusObserver, TraceSink } from './trace.ts'

/** The fast probe asks this often, whether or not the last call has been answered ... */
const PROBE_EVERY_MS = 200
/** ... with at most so many calls open. */
const PROBE_IN_FLIGHT_MAX = 4
const CONTROL_EVERY_MS = 1000
/** A call this young when the watch ends says nothing: it was the lab that hung up. */
const YOUNG_CALL_MS = 1000

/** What the observers need. */
export interface ObserverOptions {
  readonly socketPath: string
  readonly clock: Clock
  /** Ms since the trial began. */
  readonly atMs: () => number
  readonly sink: TraceSink
  readonly signal: AbortSignal
  /** Kept up to date. */
  readonly soFar: StatusSoFar
  /** Runs beside the observers, where there is one. */
  readonly kubelet?: RealKubelet | undefined
  /** For a node that is no trial's. */
  readonly live?: LiveWatch
}

/** A node that has been up for long, and is watched by somebody who waits for no end. */
export interface LiveWatch {
  /** How often it is probed; a trial's runtime bears more calls than a node in use should have to. */
  readonly probeEveryMs: number
  /** The Status calls that have not ended yet; kept up to date. */
  readonly open: Set<OpenCall>
  /** What verbose Status said last; kept up to date. */
  info: Readonly<Record<string, string>> | undefined
}

/** A Status call that has not ended yet. */
export type OpenCall = Pick<StatusEvent, 'observer' | 'startedAtMs'>

/** What Status has said so far; read by the steps that wait for something. */
export interface StatusSoFar {
  /** When it was last answered, or the runtime started since; undefined before the first answer. */
  lastAnswerMs: number | undefined
  /**
   * NetworkReady of the last answer that kubelet got, once the Node of a real one is Ready: pods come when
   * kubelet knows.
   */
  networkReady: boolean
  /** The networks that the runtime last said it has loaded, and when; undefined where it does not say. */
  loaded: { readonly networks: readonly string[]; readonly atMs: number } | undefined
}

/**
 * Watch a runtime: as kubelet does (`Status`, 5 s after the last call ended; every 100 ms until first
 * Ready), fast, by the control `ListPodSandbox`, and by verbose `Status` for what the runtime says of its
 * own CNI configuration. Each has a connection of its own, so that none waits for another, and makes it
 * again when the runtime was away. To stop them and start them again is to kubelet a reboot.
 */
export class Observers {
  readonly #options: ObserverOptions
  #watch: { readonly stop: AbortController; readonly ended: Promise<unknown> } | undefined

  /** They end at the latest when the signal of `options` is aborted. */
  constructor(options: ObserverOptions) {
    this.#options = options
  }

  start(): void {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.#options.signal])
    let nodeReady = this.#options.kubelet === undefined
    const options = { ...this.#options, signal, nodeReady: () => nodeReady }
    const ended = Promise.all([
      observeAsKubelet(options),
      probe(options),
      control(options),
      inspect(options),
      options.kubelet?.run(signal, (isReady) => {
        nodeReady = isReady
      }),
    ])
    // Told by `stop`, which comes at the latest when the trial ends.
    ended.catch(() => {})
    this.#watch = { stop, ended }
  }

  /**
   * Settles when all have ended; what was open until then is in the trace as `unanswered`.
   *
   * @throws {FairleadError} FL_KUBELET_START where the real kubelet could not be started, or did not stay.
   */
  async stop(): Promise<void> {
    this.#watch?.stop.abort()
    await this.#watch?.ended
  }
}

/** Beside what all observers need: whether kubelet knows of what it was answered. */
interface AskOptions extends ObserverOptions {
  readonly nodeReady: () => boolean
}

async function observeAsKubelet(options: AskOptions): Promise<void> {
  using cri = connectCri(options.socketPath)
  // A kubelet asks fast only until its node is first Ready.
  let firstReady = options.live !== undefined
  await every(options, async () => {
    const outcome = await askStatus(cri, 'kubelet', options)
    firstReady ||= isReady(outcome)
    return firstReady ? KUBELET.runtimeUpdatePeriodMs : KUBELET.fastStatusUpdatePeriodMs
  })
}

async function probe(options: AskOptions): Promise<void> {
  using cri = connectCri(options.socketPath)
  const open = new Set<Promise<unknown>>()
  await every(options, async () => {
    if (open.size < PROBE_IN_FLIGHT_MAX) {
      const call = askStatus(cri, 'probe', options)
      open.add(call)
      void call.then(() => open.delete(call))
    }
    return options.live?.probeEveryMs ?? PROBE_EVERY_MS
  })
  await Promise.all(open)
}

async function control(options: ObserverOptions): Promise<void> {
  using cri = connectCri(options.socketPath)
  await every(options, async () => {
    const startedAtMs = options.atMs()
    const result = await cri.listPodSandbox({
      timeoutMs: KUBELET.runtimeRequestTimeoutMs,
      signal: options.signal,
    })
    if (!options.signal.aborted) {
      options.sink.write({ type: 'list', atMs: options.atMs(), startedAtMs, ok: result.ok })
    }
    return CONTROL_EVERY_MS
  })
}

async function inspect(options: ObserverOptions): Promise<void> {
  using cri = connectCri(options.socketPath)
  let last: string | undefined
  await every(options, async () => {
    const result = await cri.status(
      { verbose: true },
      { timeoutMs: KUBELET.runtimeRequestTimeoutMs, signal: options.signal },
    )
    if (result.ok && options.live !== undefined) options.live.info = result.value.info
    const load = result.ok ? cniLoadOf(result.value.info) : undefined
    if (result.ok) options.soFar.loaded = load && { networks: load.networks, atMs: options.atMs() }
    const now = JSON.stringify(load)
    if (load !== undefined && now !== last) {
      options.sink.write({ type: 'cni-load', atMs: options.atMs(), ...load })
      last = now
    }
    return CONTROL_EVERY_MS
  })
}

/** Calls `once` again and again, each time after as many ms as it returned, until the signal. */
async function every(
  { clock, signal }: ObserverOptions,
  once: () => Promise<number>,
): Promise<void> {
  while (!signal.aborted) {
    const pauseMs = await once()
    await clock.sleep(pauseMs, signal).catch(() => {
      // The signal ends the loop above.
    })
  }
}

async function askStatus(
  cri: CriClient,
  observer: StatusObserver,
  options: AskOptions,
): Promise<StatusOutcome> {
  const startedAtMs = options.atMs()
  const call: OpenCall = { observer, startedAtMs }
  options.live?.open.add(call)
  const result = await cri.status(
    {},
    { timeoutMs: KUBELET.runtimeRequestTimeoutMs, signal: options.signal },
  )
  options.live?.open.delete(call)
  const atMs = options.atMs()
  const outcome = outcomeOf(result)
  if (outcome.kind === 'answered') {
    options.soFar.lastAnswerMs = atMs
    if (observer === 'kubelet') {
      options.soFar.networkReady = outcome.networkReady.status && options.nodeReady()
    }
  }
  if (outcome.kind === 'unanswered' && atMs - startedAtMs < YOUNG_CALL_MS) return outcome
  const message = outcome.kind === 'failed' && !result.ok ? { message: result.error.message } : {}
  options.sink.write({ type: 'status', atMs, startedAtMs, observer, outcome, ...message })
  return outcome
}

function outcomeOf(result: CriResult<StatusResponse>): StatusOutcome {
  if (!result.ok) {
    return result.error.reason === 'cancelled' ? { kind: 'unanswered' } : { kind: 'failed' }
  }
  return {
    kind: 'answered',
    runtimeReady: conditionOf(result.value, 'RuntimeReady'),
    networkReady: conditionOf(result.value, 'NetworkReady'),
  }
}

// kubelet's client refuses an answer without both conditions (cri-client remote_runtime.go); a
// missing one is shown as not ready, with that text.
function conditionOf(response: StatusResponse, type: string): ObservedCondition {
  const condition = response.status?.conditions.find((candidate) => candidate.type === type)
  return condition === undefined
    ? { status: false, reason: 'NotReported', message: `${type} is not set` }
    : { status: condition.status, reason: condition.reason, message: condition.message }
}

function isReady(outcome: StatusOutcome): boolean {
  return outcome.kind === 'answered' && outcome.runtimeReady.status && outcome.networkReady.status
}

/** What verbose `Status` tells of the CNI configuration; undefined where it tells nothing, as CRI-O's. */
export function cniLoadOf(
  info: Readonly<Record<string, string>>,
): Pick<CniLoadEvent, 'lastCniLoadStatus' | 'networks'> | undefined {
  const lastCniLoadStatus = info['lastCNILoadStatus']
  if (lastCniLoadStatus === undefined) return undefined
  return { lastCniLoadStatus, networks: networksInForce(info['cniconfig']) }
}
