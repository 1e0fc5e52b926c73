import type { Moment, PackedStrip } from './layout.ts'
import { AXIS_HEIGHT, STEP_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'

/** The scenario's steps: a number each, and a line through all lanes. */
export function StepsLane({
  strip,
  scale,
  height,
}: {
  readonly strip: PackedStrip<Moment>
  readonly scale: TimeScale
  /** Of the whole timeline. */
  readonly height: number
}) {
  return strip.marks.map(({ item: { atMs, text, number }, row }) => {
    const x = scale.x(atMs)
    const y = strip.y + (row + 0.5) * STEP_HEIGHT
    return (
      <g key={number} class="step">
        <title>{`Step ${number} at ${scale.text(atMs)}: ${text}`}</title>
        <line x1={x} x2={x} y1={AXIS_HEIGHT} y2={height - AXIS_HEIGHT} />
        <circle cx={x} cy={y} r="8" />
        <text x={x} y={y}>
          {number}
        </text>
      </g>
    )
  })
}
