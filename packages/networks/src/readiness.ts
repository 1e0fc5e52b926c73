import { type Clock, type Cni, CniError, isAtLeast } from '@fairlead/cni'
import type { ConfDir } from './conf-dir.ts'
import { dependenceOf } from './dependence.ts'
import type { Network } from './snapshot.ts'

/** What is known of a network by itself, without those that it delegates to. */
export type NetworkReadiness =
  | {
      readonly state: 'unknown'
      /** It came where all was ready, and is taken for ready until then. */
      readonly presumedUntilMs?: number
    }
  | { readonly state: 'ready'; readonly observedAtMs: number }
  | { readonly state: 'not-ready'; readonly observedAtMs: number; readonly error: CniError }

/** When readiness is observed, and how much doubt it bears. */
export interface ReadinessTimes {
  /** Between the end of an observation and the next one. Default: 1 s. */
  readonly everyMs: number
  /** The deadline of one observation, with every VERSION and STATUS in it. Default: 3 s. */
  readonly probeTimeoutMs: number
  /** How long a ready network may fail before it is not ready: a daemon that restarts. Default: 2.5 s. */
  readonly doubtMs: number
  /** How often plugins are asked for their versions; they seldom change. Default: 60 s. */
  readonly versionsEveryMs: number
}

/** Observes one network until it is closed. */
export interface Observer {
  readonly network: Network
  /** The latest, at once. */
  readonly latest: () => NetworkReadiness
  readonly close: () => void
}

/**
 * Observes a network in the background: its plugins are there and executable, support its version, what
 * it waits for is there, and STATUS says so. One observation at a time. Bad news of a ready network has
 * to last for `doubtMs`, good news counts at once. `before` is what was known when its file said
 * something else: a network that was ready is one that is until it fails, or every edit of a file would
 * take the node's readiness away; what was presumed of it is presumed no longer for that.
 */
export function observe(
  network: Network,
  world: { readonly cni: Cni; readonly confDir: ConfDir; readonly clock: Clock },
  times: ReadinessTimes,
  onChange: (readiness: NetworkReadiness) => void,
  before: NetworkReadiness = { state: 'unknown' },
): Observer {
  const { cni, confDir, clock } = world
  let looking = new AbortController()
  let isClosed = false
  let latest: NetworkReadiness = before.state === 'not-ready' ? { state: 'unknown' } : before
  let failingSinceMs: number | undefined
  let versionsAtMs: number | undefined
  let cancel = () => {}
  let cancelDoubt = () => {}
  let cancelDeadline = () => {}

  const look = async (): Promise<void> => {
    const beganMs = clock.now()
    const { signal } = (looking = new AbortController())
    const late = tooLate(network, times.probeTimeoutMs)
    cancelDeadline = clock.after(times.probeTimeoutMs, () => {
      looking.abort()
      // At once: it may take a plugin some seconds to end.
      judge(late, beganMs)
    })
    const call = { timeoutMs: times.probeTimeoutMs, signal }
    const isDue = versionsAtMs === undefined || beganMs - versionsAtMs >= times.versionsEveryMs
    const found =
      (await missingPiece(network, cni, confDir)) ??
      (isDue ? await wrongVersion(network, cni, call) : undefined) ??
      (await statusError(network, cni, call))
    cancelDeadline()
    if (isClosed) return
    const error = signal.aborted && found?.code === 'FL_CNI_ABORTED' ? late : found
    if (isDue && error === undefined) versionsAtMs = beganMs
    judge(error, beganMs)
    cancel = clock.after(times.everyMs, () => {
      void look()
    })
  }

  const judge = (error: CniError | undefined, beganMs: number): void => {
    const nowMs = clock.now()
    cancelDoubt()
    if (error === undefined) {
      failingSinceMs = undefined
      settle({ state: 'ready', observedAtMs: nowMs })
      return
    }
    failingSinceMs ??= beganMs
    const bad = { state: 'not-ready', observedAtMs: nowMs, error } as const
    const doubtLeftMs = latest.state === 'ready' ? failingSinceMs + times.doubtMs - nowMs : 0
    if (doubtLeftMs <= 0) settle(bad)
    // Not only when the next observation is done, which may take as long again.
    else cancelDoubt = clock.after(doubtLeftMs, () => settle(bad))
  }

  const settle = (next: NetworkReadiness): void => {
    const isNews = next.state !== latest.state
    latest = next
    if (isNews) onChange(next)
  }

  void look()
  return {
    network,
    latest: () => latest,
    close: () => {
      isClosed = true
      looking.abort()
      cancelDeadline()
      cancel()
      cancelDoubt()
    },
  }
}

function tooLate({ name }: Network, timeoutMs: number): CniError {
  const text = `its plugins have not answered within ${timeoutMs / 1000} s`
  return new CniError('FL_CNI_PLUGIN_DEADLINE', text, { network: name, verb: 'STATUS' })
}

type Call = { readonly timeoutMs: number; readonly signal: AbortSignal }

async function missingPiece(
  { name, list }: Network,
  cni: Cni,
  confDir: ConfDir,
): Promise<CniError | undefined> {
  const { plugins, readinessFile } = dependenceOf(list)
  const own = list.plugins.flatMap(({ type, ipamType }) =>
    ipamType === undefined ? [type] : [type, ipamType],
  )
  for (const plugin of new Set([...own, ...plugins])) {
    const found = await cni.findPlugin(plugin)
    if (!found.ok) return found.error
  }
  if (readinessFile === undefined || (await confDir.exists(readinessFile))) return undefined
  return new CniError('FL_CNI_PLUGIN_NOT_FOUND', `${readinessFile} is not there yet`, {
    network: name,
    hint: 'The network that this one builds on makes the file when it is ready.',
  })
}

async function wrongVersion(
  { list }: Network,
  cni: Cni,
  call: Call,
): Promise<CniError | undefined> {
  const [finding] = await cni.validateNetworkList(list, call)
  return finding?.error
}

async function statusError({ list }: Network, cni: Cni, call: Call): Promise<CniError | undefined> {
  if (!isAtLeast(list.cniVersion, '1.1.0')) return undefined
  const status = await cni.statusNetworkList(list, call)
  return status.ok ? undefined : status.error
}
