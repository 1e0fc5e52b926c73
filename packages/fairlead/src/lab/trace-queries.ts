import type { Span } from './report/report.ts'
import type { ExecEvent, StatusEvent, StatusObserver, TraceEvent } from './trace.ts'

/** A gap between two answers of Status that is worth showing. */
const SILENCE_MIN_MS = 1000

/**
 * The spans in which no Status call was answered, of any observer or of the one given, from the first
 * answer on and as long as the runtime was watched.
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
  const watchedUntilMs = exitOf(trace)?.atMs ?? Math.max(...calls.map((call) => call.atMs))
  const ends = [...answers.slice(1), watchedUntilMs]
  return answers
    .map((startMs, index) => ({ startMs, endMs: ends[index] ?? startMs }))
    .filter((span) => length(span) >= SILENCE_MIN_MS)
}

/** Every Status call of every observer, in the order they ended. */
export function statusCalls(trace: readonly TraceEvent[]): StatusEvent[] {
  return trace.filter((event) => event.type === 'status')
}

/** The end of the runtime's process, if nobody had asked for it. */
export function exitOf(
  trace: readonly TraceEvent[],
): { atMs: number; message?: string } | undefined {
  const index = trace.findIndex((event) => event.type === 'runtime' && event.phase === 'exited')
  const exit = trace[index]
  if (exit?.type !== 'runtime') return undefined
  const asked = trace
    .slice(0, index)
    .some((event) => event.type === 'runtime' && event.phase === 'stopping')
  return asked ? undefined : exit
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

/** How long a span is, in ms. */
export function length(span: Span): number {
  return span.endMs - span.startMs
}
