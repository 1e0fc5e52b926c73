import type { StatusSample, Timeline } from '../../report.ts'
import { seconds } from '../format.ts'
import type { Strip } from './layout.ts'
import type { LatencyScale, TimeScale } from './scale.ts'
import { KUBELET_PATIENCE_MS, latencyScale } from './scale.ts'
import { StatusMark } from './status-mark.tsx'
import { textWidth } from './text-width.ts'

/** The latency axis of a strip; shared by the lane and the labels beside it. */
export function statusScale(status: readonly StatusSample[], strip: Strip): LatencyScale {
  const longestMs = status.reduce((ms, sample) => Math.max(ms, sample.latencyMs), 0)
  return latencyScale(longestMs, strip.y + 6, strip.y + strip.height - 8)
}

/** Each Status call at its start and its latency; hung ones as bars until they ended. */
export function StatusLane({
  timeline: { status, silences },
  strip,
  scale,
}: {
  readonly timeline: Timeline
  readonly strip: Strip
  readonly scale: TimeScale
}) {
  const { y, ticksMs } = statusScale(status, strip)
  const { width } = scale
  const patienceY = y(KUBELET_PATIENCE_MS)
  return (
    <g class="status">
      <rect class="lane-back" x="0" y={strip.y} width={width} height={strip.height} />
      {ticksMs.map((ms) => (
        <line key={ms} class="latency-line" x1="0" x2={width} y1={y(ms)} y2={y(ms)} />
      ))}
      {silences.map(({ startMs, endMs }) => (
        <Silence key={startMs} startMs={startMs} endMs={endMs} strip={strip} scale={scale} />
      ))}
      <line class="patience" x1="0" x2={width} y1={patienceY} y2={patienceY} />
      {status.map((sample, i) => (
        <StatusMark key={i} sample={sample} y={y(sample.latencyMs)} scale={scale} />
      ))}
      <text class="patience-label text-free" x="6" y={patienceY + 12}>
        kubelet's patience {KUBELET_PATIENCE_MS / 1000} s
      </text>
    </g>
  )
}

function Silence({
  startMs,
  endMs,
  strip,
  scale,
}: {
  readonly startMs: number
  readonly endMs: number
  readonly strip: Strip
  readonly scale: TimeScale
}) {
  const [from, to] = [scale.x(startMs), scale.x(endMs)]
  const length = seconds(endMs - startMs)
  const label = [`silent ${length}`, length].find((text) => textWidth(text) + 6 <= to - from)
  return (
    <g class="silence">
      <title>{`Status silent for ${length}, from ${scale.text(startMs)} to ${scale.text(endMs)}`}</title>
      <rect x={from} y={strip.y} width={to - from} height={strip.height} />
      {label !== undefined && (
        <text x={(from + to) / 2} y={strip.y + strip.height * 0.7}>
          {label}
        </text>
      )}
    </g>
  )
}
