import type { Span } from './report/report.ts'

/** How long a span is, in ms. */
export function length(span: Span): number {
  return span.endMs - span.startMs
}

/** The longest of them. */
export function longest(spans: readonly Span[]): Span | undefined {
  return spans.toSorted((left, right) => length(right) - length(left))[0]
}

/** Ms in words: `40.1 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
