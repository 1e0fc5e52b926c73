/** The time axis that all lanes of a timeline share. */
export interface TimeScale {
  readonly durationMs: number
  /** Of the whole plot, px. */
  readonly width: number
  /** Where a point in time is, px; times outside of the trial are at its edge. */
  readonly x: (ms: number) => number
  /** The point in time at `x` px. */
  readonly ms: (x: number) => number
  readonly ticksMs: readonly number[]
}

const PADDING_LEFT = 10
const PADDING_RIGHT = 18
const TICK_DISTANCE_MIN = 64
const TICK_STEPS_MS: readonly number[] = [
  100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
]

/** The scale of a trial of `durationMs` in a plot of `width` px. */
export function timeScale(durationMs: number, width: number): TimeScale {
  const spanMs = Math.max(durationMs, 1)
  const span = Math.max(width - PADDING_LEFT - PADDING_RIGHT, 1)
  return {
    durationMs: spanMs,
    width,
    x: (ms) => PADDING_LEFT + (clamp(ms, 0, spanMs) / spanMs) * span,
    ms: (x) => clamp(((x - PADDING_LEFT) / span) * spanMs, 0, spanMs),
    ticksMs: ticks(spanMs, span),
  }
}

function ticks(spanMs: number, span: number): number[] {
  const distanceMs = (TICK_DISTANCE_MIN / span) * spanMs
  const hourMs = 3_600_000
  const stepMs =
    TICK_STEPS_MS.find((step) => step >= distanceMs) ?? Math.ceil(distanceMs / hourMs) * hourMs
  return Array.from({ length: Math.floor(spanMs / stepMs) + 1 }, (_, i) => i * stepMs)
}

/** How long Status may be silent before kubelet calls the runtime down: 30 s. */
export const KUBELET_PATIENCE_MS = 30_000

/** Where latencies are on a logarithmic axis. */
export interface LatencyScale {
  readonly y: (ms: number) => number
  readonly ticksMs: readonly number[]
}

/** The scale from 1 ms at `bottom` to a minute, or `longestMs` if that is more, at `top`. */
export function latencyScale(longestMs: number, top: number, bottom: number): LatencyScale {
  const maxMs = Math.max(longestMs, 60_000)
  const decades = Math.log10(maxMs)
  const tickCount = Math.floor(decades) + 1
  return {
    y: (ms) => bottom - (Math.log10(clamp(ms, 1, maxMs)) / decades) * (bottom - top),
    ticksMs: Array.from({ length: tickCount }, (_, i) => 10 ** i),
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
