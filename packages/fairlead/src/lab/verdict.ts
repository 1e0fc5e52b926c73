import { confFileNames } from '@fairlead/cni'
import {
  KUBELET,
  type ReadyCondition,
  readyConditions,
  type StatusObservation,
} from '../kubelet/ready-condition.ts'
import { type Finding, judge, type Timed } from './judge.ts'
import { standingAttachments, wrongOutcomes } from './outcomes.ts'
import type { Span, Verdict } from './report/report.ts'
import type { Scenario } from './scenario.ts'
import type { StatusEvent, TraceEvent, TrialEvent } from './trace.ts'
import { bootTimes, exitOf, lastExecEnd, length, silences, statusCalls } from './trace-queries.ts'

/**
 * A Status silent for this long may be called a wedge: kubelet's patience, and the 10 s after which
 * kubelet has certainly posted what it thinks.
 */
export const WEDGE_SILENCE_MS: number =
  KUBELET.maxWaitForContainerRuntimeMs + KUBELET.nodeStatusUpdateFrequencyMs

/**
 * And only when no plugin has run for this long: what still does not answer then waits for nothing
 * that could end. A lock freed by the end of a plugin lets Status answer within 43 ms (measured).
 */
export const WEDGE_GRACE_MS = 10_000

/**
 * What a trial's trace shows. Pure: the same trace gives the same verdict on any day and machine.
 * The words are defined at {@link VerdictWord}.
 */
export function readVerdict(trace: readonly TraceEvent[]): Verdict {
  const header = headerOf(trace)
  const boots = bootsOf(trace)
  const silence = longest(silences(trace))
  const lastCniLoadError = lastLoadError(trace)
  const seen: Seen = { trace, header, boots, silence }
  const found = [
    ...failures(seen),
    ...crashes(seen),
    ...wedges(seen),
    ...stalls(seen),
    ...flaps(seen),
    ...wrongs(seen),
    ...leaks(seen),
  ]
  // A step that waits in vain is the runtime's failure where anything else tells of one.
  if (found.length === 0) found.push(...inVain(trace))
  return {
    ...judge(found, trace, header.scenario.expect),
    statusAnswered: isAnswered(trace),
    statusSilenceMs: silence === undefined ? 0 : length(silence),
    ready: boots.flatMap(({ ready }) => ready),
    ...(lastCniLoadError === undefined ? {} : { lastCniLoadError }),
  }
}

/** One boot of the node, and the Ready condition that its kubelet would have posted. */
interface Boot {
  readonly startMs: number
  readonly ready: readonly ReadyCondition[]
}

function bootsOf(trace: readonly TraceEvent[]): Boot[] {
  const calls = statusCalls(trace).sort((left, right) => left.startedAtMs - right.startedAtMs)
  const times = bootTimes(trace)
  return times.map((startMs, index) => {
    const endMs = times[index + 1] ?? Number.POSITIVE_INFINITY
    const own = calls.filter((call) => call.startedAtMs >= startMs && call.startedAtMs < endMs)
    // kubelet posts every 10 s what it knows, also between its calls: until nobody watches any more.
    const watchedUntilMs = Math.max(0, ...own.map((call) => call.atMs))
    const asked = own.filter((call) => call.observer === 'kubelet')
    return { startMs, ready: readyTransitions(asked, watchedUntilMs) }
  })
}

function readyTransitions(calls: readonly StatusEvent[], endMs: number): ReadyCondition[] {
  const [first] = calls
  if (first === undefined) return []
  const observations = calls.map((call): StatusObservation =>
    call.outcome.kind === 'unanswered'
      ? { startedAtMs: call.startedAtMs, outcome: call.outcome }
      : { startedAtMs: call.startedAtMs, endedAtMs: call.atMs, outcome: call.outcome },
  )
  return readyConditions(observations, { startMs: first.startedAtMs, endMs })
}

interface Seen {
  readonly trace: readonly TraceEvent[]
  readonly header: TrialEvent
  /** In their order; at least one. */
  readonly boots: readonly Boot[]
  readonly silence: Span | undefined
}

function failures({ trace }: Seen): Finding[] {
  const end = trace.at(-1)
  if (end?.type !== 'end') {
    return [{ word: 'error', reason: 'The trace has no end: the trial was cut off.' }]
  }
  if (end.reason === 'failed') {
    const reason = `The trial could not go on: ${end.message ?? 'no reason'}`
    return [{ word: 'error', reason, atMs: end.atMs }]
  }
  if (end.reason === 'aborted') return [{ word: 'error', reason: 'The trial was interrupted.' }]
  if (!isAnswered(trace)) {
    return [{ word: 'error', reason: 'Status was never answered, so there is nothing to judge.' }]
  }
  return []
}

function isAnswered(trace: readonly TraceEvent[]): boolean {
  return statusCalls(trace).some((call) => call.outcome.kind === 'answered')
}

function inVain(trace: readonly TraceEvent[]): Finding[] {
  const step = trace.find((event) => event.type === 'step' && event.phase === 'in-vain')
  if (step?.type !== 'step') return []
  return [{ word: 'error', reason: `Step ${step.index + 1} waited in vain: ${step.text}.` }]
}

function crashes({ trace }: Seen): Finding[] {
  const exit = exitOf(trace)
  if (exit === undefined) return []
  const reason = `The runtime ended by itself at ${seconds(exit.atMs)}: ${exit.message ?? ''}.`
  return [{ word: 'crash', reason, atMs: exit.atMs }]
}

function wedges({ trace, header, boots }: Seen): Finding[] {
  const last = silences(trace).at(-1)
  const watchedUntilMs = Math.max(0, ...statusCalls(trace).map((call) => call.atMs))
  const silentToTheEnd =
    last?.endMs === watchedUntilMs && length(last) >= KUBELET.maxWaitForContainerRuntimeMs
  if (!silentToTheEnd) {
    const final = boots.at(-1)?.ready.at(-1)
    // Some scenarios end with a node that cannot be Ready, and say so by expecting nothing of it.
    const { readyKept, readyWithin } = header.scenario.expect
    const mayBeNotReady = !readyKept && readyWithin === undefined
    if (final?.status !== 'False' || mayBeNotReady) return []
    const reason = `The node was NotReady to the end: ${final.message}.`
    return [{ word: 'wedge', reason, atMs: final.atMs, ...downFor(trace, final) }]
  }
  const quietSinceMs = lastExecEnd(trace, watchedUntilMs)
  const waitsForNothing =
    quietSinceMs !== undefined && watchedUntilMs - quietSinceMs >= WEDGE_GRACE_MS
  if (length(last) < WEDGE_SILENCE_MS || !waitsForNothing) return []
  const reason =
    `Status was answered last at ${seconds(last.startMs)} and never again, ` +
    `though no plugin ran any more from ${seconds(quietSinceMs)} on.`
  const excessMs = length(last) - KUBELET.maxWaitForContainerRuntimeMs
  const timed: Timed = { excessMs, during: last, made: 'gap' }
  return [{ word: 'wedge', reason, atMs: last.startMs, timed }]
}

/** The evidence for a condition that kubelet comes to by the clock. */
function downFor(
  trace: readonly TraceEvent[],
  { message }: ReadyCondition,
): { readonly timed?: Timed } {
  if (!message.includes('container runtime is down')) return {}
  const during = longest(silences(trace, 'kubelet')) ?? { startMs: 0, endMs: 0 }
  const excessMs = length(during) - KUBELET.maxWaitForContainerRuntimeMs
  return { timed: { excessMs, during, made: 'gap' } }
}

function stalls({ trace, header, silence }: Seen): Finding[] {
  const allowedMs =
    header.scenario.expect.statusSilenceAtMost ?? KUBELET.maxWaitForContainerRuntimeMs
  if (silence === undefined || length(silence) <= allowedMs) return []
  const reason =
    `Status was silent for ${seconds(length(silence))}, from ${seconds(silence.startMs)} on; ` +
    `${seconds(allowedMs)} are allowed. ${controlDuring(trace, silence)}`
  const timed: Timed = { excessMs: length(silence) - allowedMs, during: silence, made: 'gap' }
  return [{ word: 'stall', reason, atMs: silence.startMs, timed }]
}

/** What the control says of a silence: a runtime that still lists is not dead, nor the machine stuck. */
function controlDuring(trace: readonly TraceEvent[], { startMs, endMs }: Span): string {
  const answered = trace
    .filter((event) => event.type === 'list')
    .filter(({ ok, startedAtMs, atMs }) => ok && startedAtMs > startMs && atMs < endMs)
  return answered.length === 0
    ? 'ListPodSandbox was not answered meanwhile either.'
    : `ListPodSandbox was answered ${answered.length} times meanwhile.`
}

function flaps(seen: Seen): Finding[] {
  const { expect } = seen.header.scenario
  return [
    ...(expect.readyWithin === undefined ? [] : lateReady(seen, expect.readyWithin)),
    ...(expect.readyKept ? lostReady(seen) : []),
    ...(expect.networkKept ? lostNetwork(seen) : []),
  ]
}

function lateReady(
  { trace, boots }: Seen,
  { atMost, after }: NonNullable<Scenario['expect']['readyWithin']>,
): Finding[] {
  const fromMs = referenceMs(trace, after)
  if (fromMs === undefined) return []
  const readyMs = readyFrom(trace, boots, after)
  const endMs = readyMs ?? trace.at(-1)?.atMs ?? fromMs
  const during = { startMs: fromMs, endMs }
  const took = length(during)
  const late = {
    atMs: fromMs + atMost,
    timed: { excessMs: took - atMost, during, made: 'chain' },
  } as const
  if (readyMs === undefined) {
    const wasReady = boots.some(({ ready }) => ready.some(({ status }) => status === 'True'))
    const again = wasReady ? ' again' : ''
    return [{ word: 'wedge', reason: `The node was never Ready${again}.`, ...late }]
  }
  if (took <= atMost) return []
  const reason = `The node was Ready after ${seconds(took)}; ${seconds(atMost)} are allowed.`
  return [{ word: 'flap', reason, ...late }]
}

function referenceMs(trace: readonly TraceEvent[], after: string | undefined): number | undefined {
  const event = trace.find((candidate) =>
    after === undefined
      ? candidate.type === 'runtime' && candidate.phase === 'serving'
      : candidate.type === 'step' && candidate.id === after,
  )
  return event?.atMs
}

/** When the node is Ready at the reference or first after it; after a reboot, by its new kubelet's word. */
function readyFrom(
  trace: readonly TraceEvent[],
  boots: readonly Boot[],
  after: string | undefined,
): number | undefined {
  const fromMs = referenceMs(trace, after) ?? 0
  const step = trace.find((event) => event.type === 'step' && event.id === after)
  const stepEnd = trace.find(
    (event) =>
      event.type === 'step' &&
      event.phase !== 'begin' &&
      step?.type === 'step' &&
      event.index === step.index,
  )
  const bootedByMs = after === undefined ? fromMs : (stepEnd?.atMs ?? fromMs)
  const ready = boots.findLast(({ startMs }) => startMs <= bootedByMs)?.ready ?? []
  const inForce = ready.findLast(({ atMs }) => atMs <= fromMs)
  if (inForce?.status === 'True') return fromMs
  return ready.find(({ atMs, status }) => atMs > fromMs && status === 'True')?.atMs
}

/** NotReady after Ready, in one boot: while a node boots, it is NotReady. */
function lostReady({ trace, boots }: Seen): Finding[] {
  return boots
    .flatMap(({ ready }) => {
      const firstTrue = ready.findIndex((condition) => condition.status === 'True')
      return firstTrue === -1 ? [] : ready.slice(firstTrue)
    })
    .filter((condition) => condition.status === 'False')
    .slice(0, 1)
    .map((condition) => ({
      word: 'flap',
      reason: `kubelet would have posted NotReady at ${seconds(condition.atMs)}: ${condition.message}`,
      atMs: condition.atMs,
      ...downFor(trace, condition),
    }))
}

function lostNetwork({ trace }: Seen): Finding[] {
  let wasReady = false
  for (const event of trace) {
    // A runtime that starts again may take its time to know its networks.
    if (event.type === 'runtime' && event.phase === 'started') wasReady = false
    if (event.type !== 'status' || event.outcome.kind !== 'answered') continue
    const { atMs, outcome } = event
    if (wasReady && !outcome.networkReady.status) {
      const { reason, message } = outcome.networkReady
      return [
        {
          word: 'flap',
          atMs,
          reason: `A network that worked was lost at ${seconds(atMs)}: ${reason}, ${message}. ${readFirst(trace, atMs)}`,
        },
      ]
    }
    wasReady ||= outcome.networkReady.status
  }
  return []
}

/** Which conf file the runtime read first at that time, and since when it was as it was. */
function readFirst(trace: readonly TraceEvent[], atMs: number): string {
  const files = new Map<string, { atMs: number; sizeBytes: number }>()
  for (const event of trace) {
    if (event.type !== 'conf' || event.atMs > atMs) continue
    if (event.sizeBytes === null) files.delete(event.file)
    else files.set(event.file, { atMs: event.atMs, sizeBytes: event.sizeBytes })
  }
  const [first] = confFileNames([...files.keys()])
  if (first === undefined) return 'No conf file was there.'
  const state = files.get(first)
  return `${first} is read first; it was written at ${seconds(state?.atMs ?? 0)} (${state?.sizeBytes ?? 0} bytes).`
}

function wrongs({ trace, header }: Seen): Finding[] {
  return wrongOutcomes(trace, header.scenario.expect).map((reason) => ({ word: 'wrong', reason }))
}

/** So many attachments are named; the trace has all. */
const SHOWN = 4

function leaks({ trace }: Seen): Finding[] {
  const removed = trace.find((event) => event.type === 'pods-removed')
  if (removed === undefined) return []
  const findings: Finding[] = []
  const standing = [...standingAttachments(trace).values()]
    // What loopback makes goes with its network namespace, which is looked for below. containerd 1.7
    // runs no DEL for it where it ended during an ADD.
    .filter(({ plugin }) => plugin !== 'loopback')
    .map(({ words }) => words)
  if (standing.length > 0) {
    const more = standing.length > SHOWN ? ` and ${standing.length - SHOWN} more` : ''
    const reason = `Every pod was removed, but no DEL ran for ${standing.slice(0, SHOWN).join(', ')}${more}.`
    findings.push({ word: 'leak', reason, atMs: removed.atMs })
  }
  if (removed.netns.length > 0) {
    const reason = `Every pod was removed, but their namespaces stayed: ${removed.netns.join(', ')}.`
    findings.push({ word: 'leak', reason, atMs: removed.atMs })
  }
  return findings
}

/** The last error after a load that worked; before the first conf file, failing is what loads do. */
function lastLoadError(trace: readonly TraceEvent[]): string | undefined {
  const statuses = trace
    .filter((event) => event.type === 'cni-load')
    .map((event) => event.lastCniLoadStatus)
  return statuses.slice(Math.max(0, statuses.indexOf('OK'))).findLast((status) => status !== 'OK')
}

function headerOf(trace: readonly TraceEvent[]): TrialEvent {
  const [header] = trace
  if (header?.type !== 'trial') throw new TypeError('a trace begins with its trial event')
  return header
}

function longest(spans: readonly Span[]): Span | undefined {
  return spans.toSorted((left, right) => length(right) - length(left))[0]
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
