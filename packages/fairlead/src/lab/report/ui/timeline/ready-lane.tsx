import type { ReadyCondition } from '../../../../kubelet/ready-condition.ts'
import { shortMessage } from '../ready.ts'
import { untilNext } from '../spans.ts'
import { Bar } from './bar.tsx'
import type { Strip } from './layout.ts'
import type { TimeScale } from './scale.ts'

/** The Ready condition as kubelet posted it or would have; unknown before the first post. */
export function ReadyLane({
  ready,
  strip: { y, height },
  scale,
}: {
  readonly ready: readonly ReadyCondition[]
  readonly strip: Strip
  readonly scale: TimeScale
}) {
  const { startMs, endMs } = scale
  const firstMs = ready[0]?.atMs ?? endMs
  const band = (startMs: number, endMs: number) => {
    const [from, to] = [scale.x(startMs), scale.x(endMs)]
    return { from, to, room: to, y, height }
  }
  return (
    <>
      {firstMs > startMs && (
        <Bar
          {...band(startMs, firstMs)}
          tone="tone-unknown"
          title={`Until ${scale.text(firstMs)}: no condition posted`}
          labels={['no condition posted', 'unknown']}
        />
      )}
      {untilNext(ready, endMs).map(({ item, startMs, endMs }) => (
        <Bar
          key={startMs}
          {...band(startMs, endMs)}
          tone={`tone-ready-${item.status}`}
          title={`${scale.text(startMs)} to ${scale.text(endMs)}: Ready ${item.status}, ${item.reason}: ${item.message}`}
          labels={labels(item)}
          isTrouble={item.status === 'False'}
        />
      ))}
    </>
  )
}

function labels({ status, message }: ReadyCondition): string[] {
  return status === 'True' ? ['Ready'] : [`NotReady: ${shortMessage(message)}`, 'NotReady']
}
