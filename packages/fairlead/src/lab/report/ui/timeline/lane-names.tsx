import type { StatusSample } from '../../report.ts'
import type { TimelineLayout } from './layout.ts'
import { ROW_HEIGHT } from './layout.ts'
import { statusScale } from './status-lane.tsx'

/** The column at the left, which stays while the timeline scrolls sideways. */
export function LaneNames({
  layout,
  status,
  width,
}: {
  readonly layout: TimelineLayout
  readonly status: readonly StatusSample[]
  readonly width: number
}) {
  const scale = layout.status && statusScale(status, layout.status)
  return (
    <div
      class="lane-names"
      style={{ width: `${width}px`, height: `${layout.height}px` }}
      aria-hidden="true"
    >
      {layout.strips.map(({ y, height, name, level }) => (
        <div
          key={y}
          class={`lane-name lane-name-${level}`}
          style={{ top: `${y}px`, lineHeight: `${Math.min(height, ROW_HEIGHT + 4)}px` }}
          title={name}
        >
          {name}
        </div>
      ))}
      {scale?.ticksMs.map((ms) => (
        <div key={ms} class="latency-tick" style={{ top: `${scale.y(ms)}px` }}>
          {ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}
        </div>
      ))}
    </div>
  )
}
