import { connectCri, type CriClient } from '@fairlead/cri'
import { messageOf } from '../../errors.ts'
import { cgroupParentOf } from '../../lab/runtimes/cgroup-parent.ts'
import type { Clock } from '../../ports.ts'
import {
  checkProbeNetwork,
  endLeftSandboxes,
  endProbeSandbox,
  makeProbeSandbox,
} from '../../probe-sandbox.ts'
import { safeText } from '../../safe-text.ts'
import type { RuntimeState } from '../runtime-watch.ts'
import type { ClusterConfig } from './config.ts'

/** What the last probe came to. */
export type Probed =
  | { readonly kind: 'none' }
  | { readonly kind: 'worked' }
  | { readonly kind: 'failed'; readonly reason: string }

/** A probe has come to something else than the one before. */
export type ProbeEvent = { readonly type: 'probed'; readonly probed: Probed }

/** Makes and ends a pod again and again, in the background: nobody waits for it. */
export interface Probe {
  readonly last: () => Probed
  readonly run: (signal: AbortSignal) => Promise<void>
}

type SandboxCalls = Pick<
  CriClient,
  'listPodSandbox' | 'runPodSandbox' | 'podSandboxStatus' | 'stopPodSandbox' | 'removePodSandbox'
>

/** What it works with. */
export interface ProbeWorld {
  /** Makes a connection of its own: what hangs here holds up no other call. */
  readonly connect: () => SandboxCalls & Disposable
  readonly cgroupParent: (signal: AbortSignal) => Promise<string>
  readonly runtime: () => RuntimeState
  readonly clock: Clock
  readonly onEvent: (event: ProbeEvent) => void
}

/** The runtime at a socket. */
export function realRuntime(socket: string): Pick<ProbeWorld, 'connect' | 'cgroupParent'> {
  return {
    connect: () => connectCri(socket),
    cgroupParent: (signal) => cgroupParentOf(socket, signal),
  }
}

const OWNER = 'agent'
const LOOK_EVERY_MS = 1_000
const LIST_TIMEOUT_MS = 5_000
/** An agent that is told to end does not wait longer for its pod; the next one ends it, or kubelet does. */
const LAST_TIMEOUT_MS = 3_000

/**
 * Makes it. A probe begins only while the runtime is Ready: what is amiss otherwise is known without, and a pod
 * more would only wait with the others. There is one at a time, and where one cannot be ended no other is made.
 */
export function createProbe(
  world: ProbeWorld,
  { every, timeout, annotations }: NonNullable<ClusterConfig['probe']>,
): Probe {
  const { clock } = world
  let last: Probed = { kind: 'none' }

  const endLeft = (cri: SandboxCalls, timeoutMs: number) =>
    endLeftSandboxes(cri, OWNER, {
      listing: { timeoutMs: Math.min(timeoutMs, LIST_TIMEOUT_MS) },
      ending: { timeoutMs },
    })

  const probe = async (cri: SandboxCalls, signal: AbortSignal): Promise<void> => {
    const endingMs = () => (signal.aborted ? Math.min(timeout, LAST_TIMEOUT_MS) : timeout)
    await endLeft(cri, timeout)
    const cgroupParent = await world.cgroupParent(signal)
    const pod = { owner: OWNER, annotations, cgroupParent } as const
    const made = makeProbeSandbox(cri, pod, { timeoutMs: timeout, signal })
    const id = await made.catch(async (error: unknown) => {
      // The runtime may have made it all the same, or not undone it.
      await endLeft(cri, endingMs()).catch(() => undefined)
      throw error
    })
    try {
      await checkProbeNetwork(cri, id, { timeoutMs: timeout, signal })
    } finally {
      await endProbeSandbox(cri, id, { timeoutMs: endingMs() })
    }
  }

  return {
    last: () => last,
    run: async (signal) => {
      using cri = world.connect()
      while (!signal.aborted) {
        const begins = world.runtime().kind === 'ready'
        if (begins) {
          const next = await probe(cri, signal).then(
            (): Probed => ({ kind: 'worked' }),
            (error: unknown): Probed => ({ kind: 'failed', reason: safeText(messageOf(error)) }),
          )
          // One that was broken off says nothing.
          if (signal.aborted) return
          const isNews = next.kind !== last.kind
          last = next
          if (isNews) world.onEvent({ type: 'probed', probed: next })
        }
        await clock.sleep(begins ? every : LOOK_EVERY_MS, signal).catch(() => undefined)
      }
    },
  }
}
