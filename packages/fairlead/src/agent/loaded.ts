import type { CriClient } from '@fairlead/cri'
import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import { type LoadedNetwork, loadedNetworks } from '../verbose-info.ts'
import { KUBELET } from '../kubelet/ready-condition.ts'
import type { Clock } from '../ports.ts'
import { singleFlight } from '../single-flight.ts'
import type { Files } from './publication.ts'

/** What a runtime says that it has loaded. */
export interface Loaded {
  readonly status: string
  readonly networks: readonly LoadedNetwork[]
}

/**
 * Asks what the runtime has loaded; undefined where it does not answer within `timeoutMs`, or does not
 * say (CRI-O). As with a look, one that hangs is not asked for again beside it.
 */
export function loadedBy(
  cri: Pick<CriClient, 'status'>,
  { timeoutMs, clock, signal }: { timeoutMs: number; clock: Clock; signal: AbortSignal },
): (signal: AbortSignal) => Promise<Loaded | undefined> {
  const patience = { timeoutMs: KUBELET.runtimeRequestTimeoutMs, signal }
  const ask = singleFlight(() => cri.status({ verbose: true }, patience), clock)
  return async (asking) => {
    const answer = await ask({ timeoutMs, signal: asking })
    if (answer?.ok !== true) return undefined
    const { lastCNILoadStatus: status, cniconfig } = answer.value.info
    const networks = loadedNetworks(cniconfig)
    if (status === undefined || networks === undefined) return undefined
    // A string in JSON.
    const text = jsonOrUndefined(status)
    return { status: typeof text === 'string' ? text : status, networks }
  }
}

/**
 * Whether the runtime has loaded the first of `files`, as all do. A single plugin's file it makes into a
 * list, so that there only the name tells.
 */
function hasLoaded({ networks }: Loaded, files: Files): boolean {
  const [first] = [...files.keys()].toSorted((left, right) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  )
  if (first === undefined) return true
  const text = files.get(first) ?? ''
  if (first.endsWith('.conflist')) return networks.some((network) => network.text === text)
  const named = z.object({ name: z.string() }).safeParse(jsonOrUndefined(text))
  return named.success && networks.some(({ name }) => name === named.data.name)
}

const CONFIRM_TIMEOUT_MS = 5_000
const ASK_EVERY_MS = 250

/**
 * Waits until the runtime has loaded `files`, and makes it load once more where it has missed them. Why
 * it has not, undefined where it has.
 */
export async function notLoadedReason(
  files: Files,
  world: {
    readonly loaded: (signal: AbortSignal) => Promise<Loaded | undefined>
    readonly kick: () => Promise<void>
    readonly clock: Clock
  },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { loaded: ask, kick, clock } = world
  let isKicked = false
  let reason = 'the runtime does not answer, or does not say what it has loaded'
  const deadlineMs = clock.now() + CONFIRM_TIMEOUT_MS
  for (;;) {
    const loaded = await ask(signal)
    if (loaded !== undefined) {
      if (hasLoaded(loaded, files)) return undefined
      reason = `it has loaded ${loaded.networks.map(({ name }) => name).join(', ')}: ${loaded.status}`
    }
    const leftMs = deadlineMs - clock.now()
    if (leftMs <= 0) return reason
    if (loaded !== undefined && !isKicked && leftMs < CONFIRM_TIMEOUT_MS / 2) {
      isKicked = true
      await kick()
    }
    await clock.sleep(ASK_EVERY_MS, signal)
  }
}
