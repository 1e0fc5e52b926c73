import { length, seconds } from '../../lab/spans.ts'
import type { Verdict } from '../../lab/report/report.ts'
import { timelineOf } from '../../lab/report/timeline.ts'
import type { TraceEvent } from '../../lab/trace.ts'
import type { Fact } from '../fact.ts'
import { safeText } from '../../safe-text.ts'

/** A silence that kubelet would not notice says nothing of a machine that is busy with other trials. */
const SILENCE_MIN_MS = 5000
/** As on a live node. */
const HUNG_AFTER_MS = 10_000

interface Moment {
  readonly atMs: number
}
type Told = Moment &
  (
    | Pick<Extract<Fact, { kind: 'probe' }>, 'kind' | 'probe' | 'text'>
    | Pick<Extract<Fact, { kind: 'line' }>, 'kind' | 'from' | 'text'>
    | Pick<Extract<Fact, { kind: 'version' }>, 'kind' | 'component' | 'version'>
    | Pick<Extract<Fact, { kind: 'condition' }>, 'kind' | 'type' | 'status' | 'reason' | 'message'>
  )

/**
 * What a trial's trace tells as a node would tell it: what kubelet posts, what Status says, which calls for
 * pods fail, which plugins run for long. What the scenario does or expects is left out.
 */
export function traceFacts(
  trace: readonly TraceEvent[],
  { ready }: Pick<Verdict, 'ready'>,
  { source, node }: { readonly source: string; readonly node: string },
): readonly Fact[] {
  const [first] = trace
  const beginMs = first?.type === 'trial' ? Date.parse(first.startedAt) : 0
  const told = [
    ...runtime(first),
    ...conditions(ready),
    ...silences(trace),
    ...crashes(trace),
    ...unreadyNetworks(trace),
    ...failedLoads(trace),
    ...failedPods(trace),
    ...hungPlugins(trace),
    ...looks(trace),
  ]
  return told.map(({ atMs, ...fact }) => ({
    ...fact,
    node,
    atMs: Math.round(beginMs + atMs),
    place: { source },
  }))
}

/** As the Node object tells it (`containerRuntimeVersion`). */
function runtime(first: TraceEvent | undefined): Told[] {
  if (first?.type !== 'trial') return []
  const component = COMPONENTS.find((known) => first.runtime.name.startsWith(known))
  const version = first.runtime.version
  if (component === undefined || version === undefined) return []
  return [{ kind: 'version', atMs: 0, component, version }]
}

/** What runtimes of the lab are called, `crio=/path` among it; one behind a socket may be any. */
const COMPONENTS = ['containerd', 'fairlead'] as const

function conditions(ready: Verdict['ready']): Told[] {
  // Until the first answer every node is NotReady.
  const since = ready.findIndex(({ status }) => status === 'True')
  return ready
    .slice(Math.max(0, since))
    .filter(({ message }) => !message.includes('network state unknown'))
    .map(({ atMs, status, reason, message }) => ({
      kind: 'condition',
      atMs,
      type: 'Ready',
      status,
      reason,
      message: safeText(message),
    }))
}

function silences(trace: readonly TraceEvent[]): Told[] {
  const { silences: all } = timelineOf(trace)
  return all
    .filter((span) => length(span) >= SILENCE_MIN_MS)
    .map((span) => {
      const listed = trace.filter(
        (event) =>
          event.type === 'list' &&
          event.ok &&
          event.startedAtMs > span.startMs &&
          event.atMs < span.endMs,
      )
      const text =
        `Status was silent for ${seconds(length(span))}; ListPodSandbox was answered ` +
        `${listed.length} times meanwhile`
      const probe = listed.length === 0 ? ('listing-silent' as const) : ('status-silent' as const)
      return { kind: 'probe', atMs: span.endMs, probe, text }
    })
}

function crashes(trace: readonly TraceEvent[]): Told[] {
  let isAsked = false
  const told: Told[] = []
  for (const event of trace) {
    if (event.type !== 'runtime') continue
    if (event.phase === 'exited' && !isAsked) {
      const text = `The runtime has ended by itself: ${event.message ?? 'nobody knows how'}`
      told.push({ kind: 'probe', atMs: event.atMs, probe: 'runtime-process-missing', text })
    }
    isAsked = event.phase === 'stopping' || event.phase === 'rebooting'
  }
  return told
}

function unreadyNetworks(trace: readonly TraceEvent[]): Told[] {
  const found = new Map<string, Told>()
  for (const event of trace) {
    if (event.type !== 'status' || event.outcome.kind !== 'answered') continue
    const { status, reason, message } = event.outcome.networkReady
    if (status || found.has(message)) continue
    const text = safeText(`NetworkReady=false reason:${reason} message:${message}`)
    found.set(message, { kind: 'line', atMs: event.atMs, from: 'runtime-status', text })
  }
  return [...found.values()]
}

function failedLoads(trace: readonly TraceEvent[]): Told[] {
  return trace.flatMap((event): Told[] => {
    if (event.type !== 'cni-load' || !event.lastCniLoadStatus.includes('fail')) return []
    const text = safeText(`lastCNILoadStatus: ${event.lastCniLoadStatus}`)
    return [{ kind: 'line', atMs: event.atMs, from: 'runtime-status', text }]
  })
}

/** In kubelet's words: pkg/kubelet/events and kuberuntime_manager.go. */
const FAILED = {
  RunPodSandbox: 'FailedCreatePodSandBox: Failed to create pod sandbox: ',
  StopPodSandbox: 'FailedKillPod: error killing pod: failed to "KillPodSandbox": ',
  RemovePodSandbox: 'Failed to remove sandbox: ',
} as const

function failedPods(trace: readonly TraceEvent[]): Told[] {
  return trace.flatMap((event): Told[] => {
    if (event.type !== 'pod' || event.error === undefined) return []
    const text = safeText(`${FAILED[event.call]}rpc error: ${event.error}`)
    return [{ kind: 'line', atMs: event.atMs, from: 'event', text }]
  })
}

function hungPlugins(trace: readonly TraceEvent[]): Told[] {
  const { execs, confEvents } = timelineOf(trace)
  return execs
    .filter((span) => length(span) >= HUNG_AFTER_MS)
    .flatMap((span): Told[] => {
      const pod = span.pod === undefined ? '' : ` for ${span.pod}`
      const text = `${span.plugin} has run ${span.verb} for ${seconds(length(span))}${pod}`
      const probe = span.verb === 'STATUS' ? 'plugin-status-hung' : 'plugin-process-hung'
      const change = confEvents.find(({ atMs }) => atMs > span.startMs && atMs < span.endMs)
      return [
        { kind: 'probe', atMs: span.endMs, probe, text },
        ...(change === undefined
          ? []
          : [
              {
                kind: 'probe',
                atMs: change.atMs,
                probe: 'conf-changed-during-plugin',
                text: `${change.file} was changed while ${span.plugin} ran ${span.verb}`,
              } as const,
            ]),
      ]
    })
}

function looks(trace: readonly TraceEvent[]): Told[] {
  const seen = trace.filter((event) => event.type === 'look')
  // That the folder was watched before it was lost speaks against nothing.
  const isLost = seen.some(({ probe }) => probe === 'conf-dir-not-watched')
  return seen
    .filter(({ probe }) => !isLost || probe !== 'conf-dir-watched')
    .map(({ atMs, probe, text }) => ({ kind: 'probe', atMs, probe, text: safeText(text) }))
}
