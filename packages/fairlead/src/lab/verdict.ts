import { KUBELET, type ReadyCondition, readyConditions } from '../kubelet/ready-condition.ts'
import { type Finding, judge, type Timed } from './judge.ts'
import { readyTooEarly, standingAttachments, wrongOutcomes } from './outcomes.ts'
import {
  type Boot,
  downFor,
  isTimeOver,
  type Readiness,
  readinessFindings,
} from './readiness-findings.ts'
import type { Span, Verdict } from './report/report.ts'
import { length, longest, seconds } from './spans.ts'
import type { StatusEvent, TraceEvent, TrialEvent } from './trace.ts'
import {
  bootTimes,
  exitOf,
  lastExecEnd,
  silences,
  statusCalls,
  statusObservations,
} from './trace-queries.ts'

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
  const repairs = repairsOf(trace)
  const seen: Seen = { trace, header, boots, silence }
  const found = [
    ...failures(seen),
    ...crashes(seen),
    ...wedges(seen),
    ...stalls(seen),
    ...readinessFindings(seen),
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
    ...(header.kubelet === undefined ? {} : { kubelet: header.kubelet }),
    ...(lastCniLoadError === undefined ? {} : { lastCniLoadError }),
    ...(repairs.length === 0 ? {} : { repairs }),
  }
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
    const ready =
      headerOf(trace).kubelet === undefined
        ? readyTransitions(asked, watchedUntilMs)
        : postedConditions(trace, { startMs, endMs })
    return { startMs, ready }
  })
}

/** What a real kubelet posted; nothing is modelled. */
function postedConditions(trace: readonly TraceEvent[], boot: Span): ReadyCondition[] {
  return trace
    .filter((event) => event.type === 'node-ready')
    .filter(({ atMs }) => atMs >= boot.startMs && atMs < boot.endMs)
    .map(({ atMs, status, reason, message }) => ({ atMs, status, reason, message }))
}

function readyTransitions(calls: readonly StatusEvent[], endMs: number): ReadyCondition[] {
  const [first] = calls
  if (first === undefined) return []
  return readyConditions(statusObservations(calls), { startMs: first.startedAtMs, endMs })
}

interface Seen extends Readiness {
  readonly silence: Span | undefined
}

function failures({ trace }: Seen): Finding[] {
  const end = trace.at(-1)
  if (end?.type !== 'end') {
    return [{ word: 'error', reason: 'The trace has no end: the trial was cut off.' }]
  }
  if (end.reason === 'failed') {
    const reason = `The trial could not go on: ${end.message ?? 'no reason'}`
    return [{ word: 'error', reason, atMs: end.atMs, isOutcome: true }]
  }
  if (end.reason === 'aborted') return [{ word: 'error', reason: 'The trial was interrupted.' }]
  if (!isAnswered(trace)) {
    const reason = 'Status was never answered, so there is nothing to judge.'
    return [{ word: 'error', reason, isOutcome: true }]
  }
  return []
}

function isAnswered(trace: readonly TraceEvent[]): boolean {
  return statusCalls(trace).some((call) => call.outcome.kind === 'answered')
}

function inVain(trace: readonly TraceEvent[]): Finding[] {
  const step = trace.find((event) => event.type === 'step' && event.phase === 'in-vain')
  if (step?.type !== 'step') return []
  const reason = `Step ${step.index + 1} waited in vain: ${step.text}.`
  return [{ word: 'error', reason, isOutcome: true }]
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
    const hasTime = readyWithin !== undefined && !isTimeOver({ trace, header, boots }, readyWithin)
    const mayBeNotReady = !readyKept && (readyWithin === undefined || hasTime)
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

function wrongs({ trace, header }: Seen): Finding[] {
  const { expect } = header.scenario
  const { notReadyBefore } = expect
  const early = notReadyBefore === undefined ? [] : readyTooEarly(trace, notReadyBefore)
  return [
    ...early.map((reason): Finding => ({ word: 'wrong', reason })),
    ...wrongOutcomes(trace, expect).map((reason): Finding => ({
      word: 'wrong',
      reason,
      isOutcome: true,
    })),
  ]
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

function repairsOf(trace: readonly TraceEvent[]): string[] {
  return trace
    .filter((event) => event.type === 'repair')
    .map(({ atMs, why }) => `The agent repaired at ${seconds(atMs)}: ${why}.`)
}

function headerOf(trace: readonly TraceEvent[]): TrialEvent {
  const [header] = trace
  if (header?.type !== 'trial') throw new TypeError('a trace begins with its trial event')
  return header
}
