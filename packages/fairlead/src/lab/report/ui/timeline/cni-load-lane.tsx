import type { Timeline } from '../../report.ts'
import { untilNext } from '../spans.ts'
import { Bar } from './bar.tsx'
import type { Strip } from './layout.ts'
import type { TimeScale } from './scale.ts'

/** What the runtime said of its CNI configuration, from one change to the next. */
export function CniLoadLane({
  cniLoads,
  strip: { y, height },
  scale,
}: {
  readonly cniLoads: Timeline['cniLoads']
  readonly strip: Strip
  readonly scale: TimeScale
}) {
  return untilNext(cniLoads, scale.endMs).map(({ item, startMs, endMs }) => {
    const [from, to] = [scale.x(startMs), scale.x(endMs)]
    const isOk = item.status === 'OK'
    const networks = item.networks.join(', ') || 'no network'
    return (
      <Bar
        key={startMs}
        tone={isOk ? 'tone-load-ok' : 'tone-load-error'}
        from={from}
        to={to}
        room={to}
        y={y}
        height={height}
        title={`${scale.text(startMs)} to ${scale.text(endMs)}: ${item.status}; networks: ${networks}`}
        labels={isOk ? [`OK: ${networks}`, 'OK'] : [item.status, 'load failed', 'error']}
        isTrouble={!isOk}
      />
    )
  })
}
