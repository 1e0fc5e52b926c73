import type { Clock } from '../ports.ts'
import type { Span } from './report/report.ts'
import type { TraceEvent, TraceSink } from './trace.ts'

/** How often the lab looks whether its own clock is on time. */
const SAMPLE_EVERY_MS = 100
/** Lateness is written once in so many samples, the worst of them and their sum. */
const SAMPLES_PER_EVENT = 10

/**
 * Measures, until the signal, how late this process gets to run: a sleep of 100 ms that took 130 was 30
 * late. All observers, steps and plugins of a trial live in this process, so what it was late by, they
 * may have been late by. Settles when the last event is written.
 */
export async function watchLateness(options: {
  readonly clock: Clock
  readonly atMs: () => number
  readonly sink: TraceSink
  readonly signal: AbortSignal
}): Promise<void> {
  const { clock, atMs, sink, signal } = options
  while (!signal.aborted) {
    const startedAtMs = atMs()
    let maxMs = 0
    let sumMs = 0
    for (let sample = 0; sample < SAMPLES_PER_EVENT && !signal.aborted; sample += 1) {
      const fromMs = atMs()
      const slept = await clock.sleep(SAMPLE_EVERY_MS, signal).then(
        () => true,
        () => false,
      )
      const lateMs = slept ? Math.max(0, atMs() - fromMs - SAMPLE_EVERY_MS) : 0
      maxMs = Math.max(maxMs, lateMs)
      sumMs += lateMs
    }
    sink.write({
      type: 'lateness',
      atMs: atMs(),
      startedAtMs,
      maxMs: tenths(maxMs),
      sumMs: tenths(sumMs),
    })
  }
}

/** How late the lab's clocks ran during a span: at once, and taken together. 0 where nobody measured. */
export function latenessDuring(
  trace: readonly TraceEvent[],
  { startMs, endMs }: Span,
): { readonly maxMs: number; readonly sumMs: number } {
  const measured = trace
    .filter((event) => event.type === 'lateness')
    .filter(({ startedAtMs, atMs }) => startedAtMs <= endMs && atMs >= startMs)
  return {
    maxMs: Math.max(0, ...measured.map(({ maxMs }) => maxMs)),
    sumMs: measured.reduce((sum, event) => sum + event.sumMs, 0),
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
