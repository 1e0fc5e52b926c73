import { AXIS_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'
import { textWidth } from './text-width.ts'

/** The time, at the top and at the bottom, and a line down from each. */
export function Axis({ scale, height }: { readonly scale: TimeScale; readonly height: number }) {
  const bottom = height - AXIS_HEIGHT
  return (
    <g class="axis">
      {scale.ticksMs.map((ms) => {
        const x = scale.x(ms)
        const text = scale.tickText(ms)
        const half = textWidth(text) / 2
        const textX = Math.max(half, Math.min(x, scale.width - half))
        return (
          <g key={ms}>
            <line x1={x} x2={x} y1={AXIS_HEIGHT} y2={bottom} />
            <text x={textX} y={AXIS_HEIGHT / 2}>
              {text}
            </text>
            <text x={textX} y={bottom + AXIS_HEIGHT / 2}>
              {text}
            </text>
          </g>
        )
      })}
    </g>
  )
}
