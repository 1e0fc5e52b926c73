import { seconds } from '../format.ts'

/** From when until when a timeline goes, and how a point in time is written. */
export interface TimeAxis {
  readonly startMs: number
  readonly endMs: number
  /** In a sentence, and at the pointer. */
  readonly text: (ms: number) => string
  /** At a tick of the axis. */
  readonly tickText: (ms: number) => string
}

/** The axis of a trial: seconds since it began. */
export function trialAxis(durationMs: number): TimeAxis {
  const tickText = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`
  return { startMs: 0, endMs: durationMs, text: seconds, tickText }
}

/** The time axis that all lanes of a timeline share. */
export interface TimeScale extends TimeAxis {
  /** Of the whole plot, px. */
  readonly width: number
  /** Where a point in time is, px; times outside of the axis are at its edge. */
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

/** The scale of an axis in a plot of `width` px. */
export function timeScale(axis: TimeAxis, width: number): TimeScale {
  const { startMs } = axis
  const spanMs = Math.max(axis.endMs - startMs, 1)
  const endMs = startMs + spanMs
  const span = Math.max(width - PADDING_LEFT - PADDING_RIGHT, 1)
  return {
    ...axis,
    endMs,
    width,
    x: (ms) => PADDING_LEFT + ((clamp(ms, startMs, endMs) - startMs) / spanMs) * span,
    ms: (x) => clamp(startMs + ((x - PADDING_LEFT) / span) * spanMs, startMs, endMs),
    ticksMs: ticks(startMs, spanMs, span),
  }
}

function ticks(startMs: number, spanMs: number, span: number): number[] {
  const distanceMs = (TICK_DISTANCE_MIN / span) * spanMs
  const hourMs = 3_600_000
  const stepMs =
    TICK_STEPS_MS.find((step) => step >= distanceMs) ?? Math.ceil(distanceMs / hourMs) * hourMs
  const firstMs = Math.ceil(startMs / stepMs) * stepMs
  const count = Math.floor((startMs + spanMs - firstMs) / stepMs) + 1
  return Array.from({ length: count }, (_, i) => firstMs + i * stepMs)
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
