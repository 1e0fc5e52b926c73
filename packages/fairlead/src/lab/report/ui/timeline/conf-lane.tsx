import type { ConfSample } from '../../report.ts'
import { size } from '../format.ts'
import { untilNext } from '../spans.ts'
import type { TimelineLayout } from './layout.ts'
import type { TimeScale } from './scale.ts'

/** One file of the conf dir: a tick for each write, a cross where it went, a line while it is there. */
export function ConfLane({
  strip: { y, height, samples },
  scale,
}: {
  readonly strip: TimelineLayout['confFiles'][number]
  readonly scale: TimeScale
}) {
  const middle = y + height / 2
  return (
    <g class="conf">
      {untilNext(samples, scale.endMs).map(({ item, startMs, endMs }, i) => (
        <g key={i} class={item.sizeBytes === 0 ? 'conf-empty' : undefined}>
          <title>{title(item, scale)}</title>
          {item.sizeBytes !== null && (
            <line
              class="conf-there"
              x1={scale.x(startMs)}
              x2={scale.x(endMs)}
              y1={middle}
              y2={middle}
            />
          )}
          {startMs >= scale.startMs && (
            <ConfMark sizeBytes={item.sizeBytes} x={scale.x(startMs)} y={middle} />
          )}
        </g>
      ))}
    </g>
  )
}

/** The mark of one change, also for the legend. */
export function ConfMark({
  sizeBytes,
  x,
  y,
}: Pick<ConfSample, 'sizeBytes'> & { readonly x: number; readonly y: number }) {
  if (sizeBytes === null) {
    return <path class="conf-gone" d={`M${x - 3.5} ${y - 3.5}l7 7m0-7l-7 7`} />
  }
  if (sizeBytes === 0) return <circle class="conf-zero" cx={x} cy={y} r="3.5" />
  return <rect class="conf-write" x={x - 1.5} y={y - 5} width="3" height="10" />
}

function title({ atMs, file, sizeBytes }: ConfSample, scale: TimeScale): string {
  if (sizeBytes === null) return `${scale.text(atMs)}: ${file} gone`
  return `${scale.text(atMs)}: ${file} written, ${sizeBytes === 0 ? 'empty' : size(sizeBytes)}`
}
