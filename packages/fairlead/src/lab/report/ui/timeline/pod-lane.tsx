import type { PodSpan } from '../../report.ts'
import { latency } from '../format.ts'
import { Bar } from './bar.tsx'
import type { PackedStrip } from './layout.ts'
import { ROW_GAP, ROW_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'
import { callTone } from './tones.ts'

/** The CRI calls for one pod. */
export function PodLane({
  strip,
  scale,
}: {
  readonly strip: PackedStrip<PodSpan>
  readonly scale: TimeScale
}) {
  return strip.marks.map(({ item, row, ...extent }, i) => {
    const name = item.attempt > 1 ? `${item.call}, attempt ${item.attempt}` : item.call
    const failed = item.error === undefined ? [] : [`${name}: ${item.error}`, `${name} failed`]
    return (
      <Bar
        key={i}
        {...extent}
        tone={callTone(item.call)}
        y={strip.y + row * ROW_HEIGHT + ROW_GAP}
        height={ROW_HEIGHT - 2 * ROW_GAP}
        title={title(item, name, scale)}
        labels={[...failed, name, item.call]}
        labelsOutside={failed}
        isTrouble={item.error !== undefined}
        isOpen={item.error === undefined && item.endMs >= scale.endMs}
      />
    )
  })
}

function title({ pod, startMs, endMs, error }: PodSpan, name: string, scale: TimeScale): string {
  const result = error === undefined ? '' : `: ${error}`
  return `${name} of ${pod} at ${scale.text(startMs)}, ${latency(endMs - startMs)}${result}`
}
