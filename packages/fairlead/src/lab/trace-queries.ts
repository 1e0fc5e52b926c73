import type { StatusObservation } from '../kubelet/ready-condition.ts'
import type { Span } from './report/report.ts'
import { length } from './spans.ts'
import type { ExecEvent, StatusEvent, StatusObserver, TraceEvent } from './trace.ts'

/** A gap between two answers of Status that is worth showing. */
const SILENCE_MIN_MS = 1000

/**
 * The spans in which no Status call was answered, of any observer or of the one given, from the first
 * answer on and as long as the runtime was watched. While the scenario keeps it down, nothing is asked
 * of it; from the moment it is started again, all.
 */
export function silences(trace: readonly TraceEvent[], observer?: StatusObserver): Span[] {
  const calls = statusCalls(trace).filter(
    (call) => observer === undefined || call.observer === observer,
  )
  const answers = calls
    .filter((call) => call.outcome.kind === 'answered')
    .map((call) => call.atMs)
    .sort((left, right) => left - right)
  if (answers.length === 0) return []
  const [firstMs = 0] = answers
  const watchedUntilMs = exitOf(trace)?.atMs ?? Math.max(...calls.map((call) => call.atMs))
  return runtimeLives(trace)
    .map(({ startMs, endMs }) => ({
      startMs: Math.max(startMs, firstMs),
      endMs: Math.min(endMs, watchedUntilMs),
    }))
    .flatMap(({ startMs, endMs }) => {
      const within = answers.filter((atMs) => atMs > startMs && atMs < endMs)
      const marks = [startMs, ...within, endMs]
      return marks.slice(1).map((mark, index) => ({ startMs: marks[index] ?? mark, endMs: mark }))
    })
    .filter((span) => length(span) >= SILENCE_MIN_MS)
}

/** The spans from each start of the runtime to its end; the last may have none. */
function runtimeLives(trace: readonly TraceEvent[]): Span[] {
  const lives: Span[] = []
  let startMs: number | undefined = 0
  for (const event of trace) {
    if (event.type !== 'runtime' || event.phase === 'serving') continue
    if (event.phase === 'started') startMs ??= event.atMs
    else if (startMs !== undefined) {
      lives.push({ startMs, endMs: event.atMs })
      startMs = undefined
    }
  }
  return startMs === undefined ? lives : [...lives, { startMs, endMs: Number.POSITIVE_INFINITY }]
}

/** Every Status call of every observer, in the order they ended. */
export function statusCalls(trace: readonly TraceEvent[]): StatusEvent[] {
  return trace.filter((event) => event.type === 'status')
}

/** Status calls as the kubelet model takes them. */
export function statusObservations(calls: readonly StatusEvent[]): StatusObservation[] {
  return calls.map(({ startedAtMs, atMs, outcome }) =>
    outcome.kind === 'unanswered'
      ? { startedAtMs, outcome }
      : { startedAtMs, endedAtMs: atMs, outcome },
  )
}

/** When each boot of the node began; the first one before everything else. */
export function bootTimes(trace: readonly TraceEvent[]): readonly number[] {
  const reboots = trace.filter((event) => event.type === 'runtime' && event.phase === 'rebooting')
  return [Number.NEGATIVE_INFINITY, ...reboots.map(({ atMs }) => atMs)]
}

/** The first end of the runtime's process that nobody had asked for. */
export function exitOf(
  trace: readonly TraceEvent[],
): { atMs: number; message?: string } | undefined {
  const events = trace.filter((event) => event.type === 'runtime')
  return events.find((event, index) => {
    if (event.phase !== 'exited') return false
    const before = events[index - 1]?.phase
    return before !== 'stopping' && before !== 'rebooting'
  })
}

/** When the last plugin execution ended; undefined if one was still running at `untilMs`. */
export function lastExecEnd(trace: readonly TraceEvent[], untilMs: number): number | undefined {
  const execs = trace.filter(
    (event): event is ExecEvent => event.type === 'exec' && event.atMs <= untilMs,
  )
  const ended = new Set(execs.filter((exec) => exec.phase === 'end').map((exec) => exec.id))
  if (execs.some((exec) => !ended.has(exec.id))) return undefined
  return Math.max(0, ...execs.map((exec) => exec.atMs))
}
