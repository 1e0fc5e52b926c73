import { AXIS_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'

/** The seconds, at the top and at the bottom, and a line down from each. */
export function Axis({ scale, height }: { readonly scale: TimeScale; readonly height: number }) {
  const bottom = height - AXIS_HEIGHT
  return (
    <g class="axis">
      {scale.ticksMs.map((ms) => {
        const x = scale.x(ms)
        return (
          <g key={ms}>
            <line x1={x} x2={x} y1={AXIS_HEIGHT} y2={bottom} />
            <text x={x} y={AXIS_HEIGHT / 2}>
              {tickText(ms)}
            </text>
            <text x={x} y={bottom + AXIS_HEIGHT / 2}>
              {tickText(ms)}
            </text>
          </g>
        )
      })}
    </g>
  )
}

function tickText(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`
}
