import { randomUUID } from 'node:crypto'
import { type CriClient, connectCri, type ListPodSandboxResponse } from '@fairlead/cri'
import { KUBELET } from '../kubelet/ready-condition.ts'
import type { Clock } from '../ports.ts'
import type { PodEvent, TraceSink } from './trace.ts'

/** kubelet tries a pod whose sandbox failed again on the next sync; a second stands for it. */
const RETRY_AFTER_MS = 1000
const REMOVE_TIMEOUT_MS = 10_000
const POLL_MS = 100

/** What the pods of a trial need. */
export interface PodsOptions {
  readonly socketPath: string
  /** Where their logs would go; nothing is written there. */
  readonly logDirectory: string
  /** See `cgroupParentOf`; empty for none. */
  readonly cgroupParent: string
  readonly clock: Clock
  readonly atMs: () => number
  readonly sink: TraceSink
}

type PodSandbox = ListPodSandboxResponse['items'][number]

/** A pod whose sandbox was made. */
interface RunningPod {
  readonly pod: string
  readonly attempt: number
  /** Of the sandbox. */
  readonly id: string
}

/** The pods of a trial: started as kubelet starts them, and removed at its end. */
export class Pods implements Disposable {
  readonly #options: PodsOptions
  readonly #cri: CriClient
  /** Begins the uid of each pod, and tells them from all others that a runtime may have. */
  readonly #uid = randomUUID()
  /** Pods that are being started or stopped. */
  readonly #changing = new Set<Promise<void>>()
  /** Those that run, the oldest first. */
  #running: RunningPod[] = []
  /** When each call began that has not ended. */
  readonly #open = new Set<{ readonly atMs: number }>()
  #ending = 0
  #count = 0

  constructor(options: PodsOptions) {
    this.#options = options
    this.#cri = connectCri(options.socketPath)
  }

  /** Starts `count` pods at once and does not wait for them; `signal` ends the attempts. */
  start(count: number, signal: AbortSignal): void {
    for (let started = 0; started < count; started += 1) {
      this.#count += 1
      this.#track(this.#run(`pod-${this.#count}`, 0, signal))
    }
  }

  /**
   * Makes every pod that runs anew, as kubelet does after a reboot: when the network is ready, what is left
   * of the old sandbox is stopped, and another made (kubernetes v1.32.13
   * pkg/kubelet/kuberuntime/kuberuntime_manager.go SyncPod). Does not wait for them.
   */
  recreate(networkReady: () => boolean, signal: AbortSignal): void {
    for (const pod of this.#running.splice(0)) {
      this.#track(this.#recreate(pod, networkReady, signal))
    }
  }

  /** Stops and removes the oldest `count` pods that run, and does not wait; `signal` ends the attempts. */
  stop(count: number, signal: AbortSignal): void {
    for (const pod of this.#running.splice(0, count)) {
      this.#ending += 1
      this.#track(this.#end(pod, signal))
    }
  }

  /** How many run, as far as the runtime has said; one that is being stopped runs until it is removed. */
  get runningCount(): number {
    return this.#running.length + this.#ending
  }

  /** When the oldest call began that has not ended; undefined if all have. */
  get openCallMs(): number | undefined {
    const [first] = this.#open
    return first?.atMs
  }

  /** Settles when no pod is being started or stopped any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#changing)
  }

  /** Every sandbox of these pods, as the runtime lists them; undefined if it does not. */
  async list(signal: AbortSignal): Promise<PodSandbox[] | undefined> {
    const list = await this.#cri.listPodSandbox({ timeoutMs: REMOVE_TIMEOUT_MS, signal })
    if (!list.ok) return undefined
    return list.value.items.filter(({ metadata }) => metadata?.uid.startsWith(this.#uid) === true)
  }

  /** Stops and removes every sandbox of these pods; true if the runtime did all of it. */
  async removeAll(signal: AbortSignal): Promise<boolean> {
    const options = { timeoutMs: REMOVE_TIMEOUT_MS, signal }
    const sandboxes = await this.list(signal)
    if (sandboxes === undefined) return false
    const removed = await Promise.all(
      sandboxes.map(async ({ id, metadata }) => {
        const pod = metadata?.name ?? id
        const attempt = metadata?.attempt ?? 0
        const stop = await this.#traced({ call: 'StopPodSandbox', pod, attempt }, () =>
          this.#cri.stopPodSandbox(id, options),
        )
        if (!stop.ok) return false
        const remove = await this.#traced({ call: 'RemovePodSandbox', pod, attempt }, () =>
          this.#cri.removePodSandbox(id, options),
        )
        return remove.ok
      }),
    )
    return removed.every(Boolean)
  }

  [Symbol.dispose](): void {
    this.#cri[Symbol.dispose]()
  }

  async #recreate(
    { id, ...what }: RunningPod,
    networkReady: () => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const options = { timeoutMs: KUBELET.runtimeRequestTimeoutMs, signal }
    while (!signal.aborted) {
      const stop = networkReady()
        ? await this.#traced({ call: 'StopPodSandbox', ...what }, () =>
            this.#cri.stopPodSandbox(id, options),
          )
        : undefined
      if (stop?.ok === true) break
      await this.#pause(stop === undefined ? POLL_MS : RETRY_AFTER_MS, signal)
    }
    await this.#run(what.pod, what.attempt + 1, signal)
  }

  async #run(pod: string, firstAttempt: number, signal: AbortSignal): Promise<void> {
    for (let attempt = firstAttempt; !signal.aborted; attempt += 1) {
      const result = await this.#traced({ call: 'RunPodSandbox', pod, attempt }, () =>
        this.#cri.runPodSandbox(
          {
            metadata: { name: pod, namespace: 'default', uid: `${this.#uid}-${pod}`, attempt },
            hostname: pod,
            logDirectory: this.#options.logDirectory,
            linux: { cgroupParent: this.#options.cgroupParent },
          },
          { timeoutMs: KUBELET.runPodSandboxTimeoutMs, signal },
        ),
      )
      if (result.ok) {
        this.#running.push({ pod, attempt, id: result.value })
        return
      }
      await this.#pause(RETRY_AFTER_MS, signal)
    }
  }

  async #end({ id, ...what }: RunningPod, signal: AbortSignal): Promise<void> {
    const options = { timeoutMs: KUBELET.runtimeRequestTimeoutMs, signal }
    while (!signal.aborted) {
      const stop = await this.#traced({ call: 'StopPodSandbox', ...what }, () =>
        this.#cri.stopPodSandbox(id, options),
      )
      const remove = stop.ok
        ? await this.#traced({ call: 'RemovePodSandbox', ...what }, () =>
            this.#cri.removePodSandbox(id, options),
          )
        : stop
      if (remove.ok) {
        this.#ending -= 1
        return
      }
      await this.#pause(RETRY_AFTER_MS, signal)
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, signal).catch(() => {
      // The signal ends whoever pauses.
    })
  }

  #track(change: Promise<void>): void {
    this.#changing.add(change)
    void change.then(() => this.#changing.delete(change))
  }

  async #traced<T extends { ok: boolean; error?: Error }>(
    what: Pick<PodEvent, 'call' | 'pod' | 'attempt'>,
    call: () => Promise<T>,
  ): Promise<T> {
    const { atMs, sink } = this.#options
    const open = { atMs: atMs() }
    this.#open.add(open)
    sink.write({ type: 'pod', phase: 'begin', ...open, ...what })
    const result = await call()
    this.#open.delete(open)
    const error = result.error === undefined ? {} : { error: result.error.message }
    sink.write({ type: 'pod', phase: 'end', atMs: atMs(), ...what, ...error })
    return result
  }
}
