import type { ExecEvent, PodEvent, StatusEvent, TraceEvent } from '../trace.ts'
import { silences } from '../trace-queries.ts'
import type { ExecSpan, PodSpan, StatusSample, Timeline } from './report.ts'

/** Everything of a trace that a reader is shown; what has no end lasts until `endMs`. */
export function timelineOf(
  trace: readonly TraceEvent[],
  endMs: number = trace.at(-1)?.atMs ?? 0,
): Timeline {
  const durationMs = endMs
  return {
    durationMs,
    steps: trace
      .filter((event) => event.type === 'step')
      .filter((event) => event.phase === 'begin')
      .map(({ atMs, text }) => ({ atMs, text })),
    status: trace.filter((event) => event.type === 'status').map(sampleOf),
    silences: silences(trace),
    confEvents: trace
      .filter((event) => event.type === 'conf')
      .map(({ atMs, file, sizeBytes }) => ({ atMs, file, sizeBytes })),
    cniLoads: trace
      .filter((event) => event.type === 'cni-load')
      .map(({ atMs, lastCniLoadStatus, networks }) => ({
        atMs,
        status: lastCniLoadStatus,
        networks,
      })),
    execs: execSpans(trace, durationMs),
    pods: podSpans(trace, durationMs),
    runtime: trace
      .filter((event) => event.type === 'runtime')
      .map(({ atMs, phase, message }) => ({
        atMs,
        text: message === undefined ? phase : `${phase}: ${message}`,
      })),
  }
}

function sampleOf(event: StatusEvent): StatusSample {
  return {
    observer: event.observer,
    startMs: event.startedAtMs,
    latencyMs: event.atMs - event.startedAtMs,
    outcome: sampleOutcome(event),
  }
}

function sampleOutcome({ outcome }: StatusEvent): StatusSample['outcome'] {
  if (outcome.kind !== 'answered') return outcome.kind
  return outcome.networkReady.status && outcome.runtimeReady.status ? 'ready' : 'not-ready'
}

function execSpans(trace: readonly TraceEvent[], durationMs: number): ExecSpan[] {
  const events = trace.filter((event): event is ExecEvent => event.type === 'exec')
  return spans(
    events,
    (event) => String(event.id),
    durationMs,
    (begin, end) => ({
      plugin: begin.plugin,
      verb: begin.verb,
      ...(begin.pod === undefined ? {} : { pod: begin.pod }),
      outcome: end?.outcome ?? 'running',
    }),
  )
}

function podSpans(trace: readonly TraceEvent[], durationMs: number): PodSpan[] {
  const events = trace.filter((event): event is PodEvent => event.type === 'pod')
  return spans(
    events,
    ({ call, pod, attempt }) => `${call} ${pod} ${attempt}`,
    durationMs,
    (begin, end) => ({
      pod: begin.pod,
      call: begin.call,
      attempt: begin.attempt,
      ...(end?.error === undefined ? {} : { error: end.error }),
    }),
  )
}

/** Joins each `begin` with the `end` of the same key; what has no end lasts to the trial's. */
function spans<E extends { phase: 'begin' | 'end'; atMs: number }, D>(
  events: readonly E[],
  keyOf: (event: E) => string,
  durationMs: number,
  details: (begin: E, end: E | undefined) => D,
): (D & { startMs: number; endMs: number })[] {
  const ends = new Map(
    events.filter(({ phase }) => phase === 'end').map((event) => [keyOf(event), event]),
  )
  return events
    .filter(({ phase }) => phase === 'begin')
    .map((begin) => {
      const end = ends.get(keyOf(begin))
      return { startMs: begin.atMs, endMs: end?.atMs ?? durationMs, ...details(begin, end) }
    })
}
