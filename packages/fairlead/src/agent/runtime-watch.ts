import type { CriClient } from '@fairlead/cri'
import { failingConditions, KUBELET } from '../kubelet/ready-condition.ts'
import type { Clock } from '../ports.ts'
import { singleFlight } from '../single-flight.ts'
import type { PluginProcess } from '../plugin-processes.ts'

/** What one look at the runtime came to. */
export type Look =
  | { readonly kind: 'answered'; readonly ready: boolean; readonly reason: string }
  /** No answer within the deadline, to a call of `sinceMs`; `lists` tells whether a listing had one. */
  | { readonly kind: 'silent'; readonly sinceMs: number; readonly lists: boolean }
  | { readonly kind: 'away'; readonly reason: string }

/** The state of a runtime, as a row of looks tells it. */
export type RuntimeState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ready'; readonly sinceMs: number }
  | { readonly kind: 'not-ready'; readonly sinceMs: number; readonly reason: string }
  /** Status is silent and a listing is answered: the CNI manager waits, for a plugin or for itself. */
  | { readonly kind: 'stalled'; readonly sinceMs: number }
  /** Both are silent: the runtime has too much to do, or hangs as a whole. */
  | { readonly kind: 'overloaded'; readonly sinceMs: number }
  | { readonly kind: 'away'; readonly sinceMs: number; readonly reason: string }

/**
 * Looks at a runtime: asks for Status, and where that is silent for a listing, which no CNI lock stands
 * before. Each is silent after `timeoutMs`. A Status that hangs is left open and not asked for a second
 * time beside it, for each may leave a plugin process more (go-cni runs STATUS without a deadline); only
 * as often as kubelet gives up its own.
 */
export function lookAt(
  cri: Pick<CriClient, 'status' | 'listPodSandbox'>,
  { timeoutMs, clock, signal }: { timeoutMs: number; clock: Clock; signal: AbortSignal },
): (signal: AbortSignal) => Promise<Look> {
  const patience = { timeoutMs: KUBELET.runtimeRequestTimeoutMs, signal }
  /** When the first call began of those that had no answer since the last one that had. */
  let silentSinceMs: number | undefined
  const askStatus = singleFlight(async () => {
    silentSinceMs ??= clock.now()
    const answer = await cri.status({}, patience)
    if (answer.ok || answer.error.reason !== 'deadline') silentSinceMs = undefined
    return answer
  }, clock)
  return async (looking) => {
    const answer = await askStatus({ timeoutMs, signal: looking })
    if (answer?.ok === true) {
      const [failing] = failingConditions(answer.value.status?.conditions ?? [])
      const reason = failing === undefined ? '' : `${failing.reason}: ${failing.message}`
      return { kind: 'answered', ready: failing === undefined, reason }
    }
    if (answer !== undefined && answer.error.reason !== 'deadline') {
      return { kind: 'away', reason: answer.error.message }
    }
    const listing = await cri.listPodSandbox({ timeoutMs, signal: looking })
    // Status may have been answered while the listing was waited for: then that silence is over.
    return { kind: 'silent', sinceMs: silentSinceMs ?? clock.now(), lists: listing.ok }
  }
}

/** The state that follows when a look that began at `beganMs` came to this. */
export function nextState(before: RuntimeState, look: Look, beganMs: number): RuntimeState {
  const kind = kindOf(look)
  // A silence is one from its first call on, whether listings are silent in it for a while or not.
  const sinceMs =
    look.kind === 'silent' ? look.sinceMs : before.kind === kind ? before.sinceMs : beganMs
  switch (kind) {
    case 'not-ready':
    case 'away':
      return { kind, sinceMs, reason: 'reason' in look ? look.reason : '' }
    case 'ready':
    case 'stalled':
    case 'overloaded':
      return { kind, sinceMs }
  }
}

function kindOf(look: Look): Exclude<RuntimeState['kind'], 'unknown'> {
  switch (look.kind) {
    case 'answered':
      return look.ready ? 'ready' : 'not-ready'
    case 'silent':
      return look.lists ? 'stalled' : 'overloaded'
    case 'away':
      return 'away'
  }
}

/** The state in a sentence, with the plugins that run. */
export function stateText(
  state: RuntimeState,
  plugins: readonly PluginProcess[],
  nowMs: number,
): string {
  const seconds = 'sinceMs' in state ? `${((nowMs - state.sinceMs) / 1000).toFixed(0)} s` : ''
  switch (state.kind) {
    case 'unknown':
      return 'The runtime has not been looked at yet.'
    case 'ready':
      return `The runtime has been Ready for ${seconds}.`
    case 'not-ready':
      return `The runtime has not been Ready for ${seconds}: ${state.reason}`
    case 'away':
      return `The runtime has not been there for ${seconds}: ${state.reason}`
    case 'overloaded':
      return `Status and listings have been silent for ${seconds}: the runtime is overloaded or hangs.`
    case 'stalled':
      return `Status has been silent for ${seconds} while listings are answered: ${waitsFor(plugins)}`
  }
}

function waitsFor(plugins: readonly PluginProcess[]): string {
  if (plugins.length === 0) return 'no plugin runs, so that its CNI manager waits for itself.'
  return `it waits for ${plugins.map(pluginText).join(', ')}.`
}

/** `bridge ADD (pid 4711, 34 s, sandbox 0123456789ab)` */
export function pluginText({ plugin, verb, process, ageMs, containerId }: PluginProcess): string {
  const sandbox = containerId === '' ? '' : `, sandbox ${containerId.slice(0, 12)}`
  return `${plugin} ${verb} (pid ${process.pid}, ${(ageMs / 1000).toFixed(0)} s${sandbox})`
}
