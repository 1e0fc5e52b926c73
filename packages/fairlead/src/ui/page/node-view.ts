import { type ReadyCondition, readyConditions } from '../../kubelet/ready-condition.ts'
import type { ExecSpan, Timeline } from '../../lab/report/report.ts'
import { timelineOf } from '../../lab/report/timeline.ts'
import type { Evidence } from '../../lab/report/ui/evidence.ts'
import type { StatusEvent, TraceEvent } from '../../lab/trace.ts'
import { statusCalls, statusObservations } from '../../lab/trace-queries.ts'
import { KEPT_MS } from '../live-trace.ts'
import type { LiveUpdate } from '../live.ts'
import { clockTime } from './clock-time.ts'

/** A storm of pods must not make the page so long that nobody finds the end of it, or so slow. */
const ROWS_MAX = 5
const DRAWN_MAX = 300
/** How kubelet's own status updates follow one another. */
const POST_EVERY_MS = 10_000
/** So long is the axis at least, so that a watch that has just begun is not drawn as a blot. */
const AXIS_MIN_MS = 20_000
/** A call that is older than this is one that hangs. */
const HUNG_MS = 1_000
/** With one probe a second, a gap between two answers that is worth showing. */
const SILENCE_MIN_MS = 3_000

/** What the page shows of the node now. */
export interface NodeView {
  readonly atMs: number
  /** The latest Ready condition that a kubelet would have posted; undefined before the first. */
  readonly ready: ReadyCondition | undefined
  readonly status: StatusView
  /** The plugins that run, the oldest first. */
  readonly running: readonly ExecSpan[]
  /** Those that have ended, the latest first. */
  readonly ended: readonly ExecSpan[]
  readonly evidence: Evidence
}

/** How Status does. */
export type StatusView =
  | { readonly kind: 'none' }
  | { readonly kind: 'answered'; readonly latencyMs: number; readonly slowestMs: number }
  | { readonly kind: 'failed'; readonly message: string }
  /** A call hangs; `sinceMs` is when Status was answered last, or when the call began. */
  | { readonly kind: 'silent'; readonly sinceMs: number }

/** Makes of a trace that goes on what there is to see at the time of `update`. */
export function nodeView(events: readonly TraceEvent[], update: LiveUpdate): NodeView {
  const { atMs, open, node } = update
  const hanging = open.map((call): StatusEvent => ({
    type: 'status',
    atMs,
    ...call,
    outcome: { kind: 'unanswered' },
  }))
  const calls = statusCalls([...events, ...hanging])
  const startMs = Math.min(Math.max(node.sinceMs, atMs - KEPT_MS), atMs - AXIS_MIN_MS)
  const timeline = within(timelineOf([...events, ...hanging], atMs), startMs)
  const ready = readyOf(calls, node.firstStatusMs, atMs)
  const silences = timeline.silences.map((span) => span.endMs - span.startMs)
  return {
    atMs,
    ready: ready.at(-1),
    status: statusView(statusCalls(events), update),
    running: timeline.execs.filter(isRunning).toSorted((a, b) => a.startMs - b.startMs),
    ended: timeline.execs.filter((exec) => !isRunning(exec)).toSorted((a, b) => b.endMs - a.endMs),
    evidence: {
      ready: lastBefore(ready, startMs),
      statusSilenceMs: Math.max(0, ...silences),
      timeline: { ...timeline, execs: longest(timeline.execs) },
      rowsMax: ROWS_MAX,
      axis: { startMs, endMs: atMs, text: clockTime, tickText: clockTime },
    },
  }
}

/**
 * The model runs anew over what is kept, from one of kubelet's own status updates: they all follow from the
 * first, so that what was posted stays where it was drawn.
 */
function readyOf(
  calls: readonly StatusEvent[],
  firstStatusMs: number | undefined,
  atMs: number,
): ReadyCondition[] {
  const asked = calls
    .filter(({ observer }) => observer === 'kubelet')
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
  const oldestMs = Math.min(
    ...asked.filter(({ outcome }) => outcome.kind !== 'unanswered').map((call) => call.atMs),
  )
  if (firstStatusMs === undefined || !Number.isFinite(oldestMs)) return []
  const posts = Math.ceil((oldestMs - firstStatusMs) / POST_EVERY_MS)
  const startMs = firstStatusMs + posts * POST_EVERY_MS
  return readyConditions(statusObservations(asked), { startMs, endMs: atMs, isUp: true })
}

/** What happened since `startMs`, and what of before still holds. */
function within(timeline: Timeline, startMs: number): Timeline {
  const lasts = ({ endMs }: { readonly endMs: number }) => endMs >= startMs
  return {
    ...timeline,
    status: timeline.status.filter((call) => call.startMs + call.latencyMs >= startMs),
    silences: timeline.silences.filter(
      (span) => lasts(span) && span.endMs - span.startMs >= SILENCE_MIN_MS,
    ),
    execs: timeline.execs.filter(lasts),
  }
}

/** As many as can be drawn, those that took longest, in their order. */
function longest(execs: readonly ExecSpan[]): readonly ExecSpan[] {
  const length = ({ startMs, endMs }: ExecSpan) => endMs - startMs
  const drawn = new Set(execs.toSorted((a, b) => length(b) - length(a)).slice(0, DRAWN_MAX))
  return execs.filter((exec) => drawn.has(exec))
}

/** The changes since `startMs`, and the one before them. */
function lastBefore(ready: readonly ReadyCondition[], startMs: number): readonly ReadyCondition[] {
  const first = ready.findLastIndex(({ atMs }) => atMs <= startMs)
  return ready.slice(Math.max(0, first))
}

function isRunning({ outcome }: ExecSpan): boolean {
  return outcome === 'running'
}

function statusView(ended: readonly StatusEvent[], { atMs, open }: LiveUpdate): StatusView {
  const oldestMs = Math.min(...open.map(({ startedAtMs }) => startedAtMs))
  const answers = ended.filter(({ outcome }) => outcome.kind === 'answered')
  const lastAnswerMs = Math.max(...answers.map((call) => call.atMs))
  if (atMs - oldestMs > HUNG_MS && lastAnswerMs < oldestMs + HUNG_MS) {
    return { kind: 'silent', sinceMs: Number.isFinite(lastAnswerMs) ? lastAnswerMs : oldestMs }
  }
  const last = ended.toSorted((a, b) => a.atMs - b.atMs).at(-1)
  if (last === undefined) return { kind: 'none' }
  if (last.outcome.kind !== 'answered') return { kind: 'failed', message: last.message ?? '' }
  const latencies = answers.map((call) => call.atMs - call.startedAtMs)
  return {
    kind: 'answered',
    latencyMs: last.atMs - last.startedAtMs,
    slowestMs: Math.max(...latencies),
  }
}
