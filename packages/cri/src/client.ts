import { performance } from 'node:perf_hooks'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { type CriError, toCriError } from './errors.ts'
import {
  type ListPodSandboxResponse,
  type PodSandboxConfigSchema,
  type PodSandboxStatusResponse,
  type RuntimeConfigResponse,
  type StatusResponse,
  type VersionResponse,
} from './gen/api_pb.ts'
import { criStubs } from './stubs.ts'

/** Every call needs a deadline; there is no default, since no two callers have the same patience. */
export interface CallOptions {
  /** Milliseconds after which the call fails with reason `deadline`; the runtime is told of it. */
  readonly timeoutMs: number
  /** Aborting ends the stream at the runtime too; the call fails with reason `cancelled`. */
  readonly signal?: AbortSignal
}

/** What a call came to: an answer or a named failure, and in either case how long it took. */
export type CriResult<T> =
  | { readonly ok: true; readonly value: T; readonly latencyMs: number }
  | { readonly ok: false; readonly error: CriError; readonly latencyMs: number }

/** What RunPodSandbox is told of the pod, in the proto's own shape. */
export type PodSandboxConfigInit = MessageInitShape<typeof PodSandboxConfigSchema>

/**
 * One connection to a CRI v1 runtime (k8s.io/cri-api `runtime.v1.RuntimeService`).
 *
 * Calls do not throw: failure is a value. The connection is made on the first call and made
 * again when it was lost, with no back-off in between. Dispose it to close the connection;
 * calls still open then fail.
 */
export interface CriClient extends Disposable {
  /** Name and version of the runtime, and the version of CRI. */
  version(options: CallOptions): Promise<CriResult<VersionResponse>>
  /** The conditions `RuntimeReady` and `NetworkReady`; with `verbose` what the runtime adds, in `info`. */
  status(request: { verbose?: boolean }, options: CallOptions): Promise<CriResult<StatusResponse>>
  /** Of CRI since Kubernetes 1.28 (KEP-4033); older runtimes fail as `unimplemented`. */
  runtimeConfig(options: CallOptions): Promise<CriResult<RuntimeConfigResponse>>
  /** All pod sandboxes, those that are not ready among them. */
  listPodSandbox(options: CallOptions): Promise<CriResult<ListPodSandboxResponse>>
  /** Resolves to the id of the new sandbox. */
  runPodSandbox(config: PodSandboxConfigInit, options: CallOptions): Promise<CriResult<string>>
  /** One pod sandbox, with the addresses that its networks gave it. */
  podSandboxStatus(
    podSandboxId: string,
    options: CallOptions,
  ): Promise<CriResult<PodSandboxStatusResponse>>
  /** Ends what is in a sandbox and takes its networks away. Can be repeated. */
  stopPodSandbox(podSandboxId: string, options: CallOptions): Promise<CriResult<void>>
  /** Forgets a sandbox; one that runs is stopped first. Can be repeated. */
  removePodSandbox(podSandboxId: string, options: CallOptions): Promise<CriResult<void>>
}

/** Where latencies are read from; milliseconds on any monotonic scale. */
export interface MonotonicClock {
  /** Milliseconds from an arbitrary zero. */
  now(): number
}

/** A client for the runtime that listens on the unix socket at `socketPath`. */
export function connectCri(socketPath: string, clock: MonotonicClock = performance): CriClient {
  const stubs = criStubs(socketPath)
  const { runtime } = stubs

  async function timed<T>(
    method: string,
    options: CallOptions,
    call: () => Promise<T>,
  ): Promise<CriResult<T>> {
    const startedAt = clock.now()
    try {
      const value = await call()
      return { ok: true, value, latencyMs: clock.now() - startedAt }
    } catch (thrown) {
      const latencyMs = clock.now() - startedAt
      const error = toCriError(thrown, {
        method,
        abortedByCaller: options.signal?.aborted === true,
        isOver: latencyMs >= options.timeoutMs,
      })
      return { ok: false, error, latencyMs }
    }
  }

  return {
    version: (options) => timed('Version', options, () => runtime.version({}, options)),
    status: (request, options) => timed('Status', options, () => runtime.status(request, options)),
    runtimeConfig: (options) =>
      timed('RuntimeConfig', options, () => runtime.runtimeConfig({}, options)),
    listPodSandbox: (options) =>
      timed('ListPodSandbox', options, () => runtime.listPodSandbox({}, options)),
    runPodSandbox: (config, options) =>
      timed('RunPodSandbox', options, async () => {
        const response = await runtime.runPodSandbox({ config }, options)
        return response.podSandboxId
      }),
    podSandboxStatus: (podSandboxId, options) =>
      timed('PodSandboxStatus', options, () => runtime.podSandboxStatus({ podSandboxId }, options)),
    stopPodSandbox: (podSandboxId, options) =>
      timed('StopPodSandbox', options, async () => {
        await runtime.stopPodSandbox({ podSandboxId }, options)
      }),
    removePodSandbox: (podSandboxId, options) =>
      timed('RemovePodSandbox', options, async () => {
        await runtime.removePodSandbox({ podSandboxId }, options)
      }),
    [Symbol.dispose]: () => {
      stubs[Symbol.dispose]()
    },
  }
}
