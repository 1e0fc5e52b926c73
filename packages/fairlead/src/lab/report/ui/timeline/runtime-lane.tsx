import type { Moment, PackedStrip } from './layout.ts'
import { ROW_HEIGHT } from './layout.ts'
import { momentLabel } from './moment-label.ts'
import type { TimeScale } from './scale.ts'

/** What happened to the runtime's process. */
export function RuntimeLane({
  strip,
  scale,
}: {
  readonly strip: PackedStrip<Moment>
  readonly scale: TimeScale
}) {
  return strip.marks.map(({ item: { atMs, text, number }, row }) => {
    const x = scale.x(atMs)
    const y = strip.y + (row + 0.5) * ROW_HEIGHT
    const label = momentLabel(atMs, text, scale)
    const isAfter = label.side === 'after'
    return (
      <g key={number} class="moment">
        <title>{`${scale.text(atMs)}: runtime ${text}`}</title>
        <path d={`M${x} ${y - 5}l5 5l-5 5l-5 -5z`} />
        <text
          class="text-free"
          x={isAfter ? x + 9 : x - 9}
          y={y}
          text-anchor={isAfter ? 'start' : 'end'}
        >
          {label.text}
        </text>
      </g>
    )
  })
}
