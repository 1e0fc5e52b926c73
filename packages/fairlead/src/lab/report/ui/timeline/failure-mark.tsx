import { useEffect, useRef } from 'preact/hooks'
import type { VerdictWord } from '../../report.ts'
import { AXIS_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'
import { textWidth } from './text-width.ts'

/** The moment from which the trial failed, through all lanes; scrolled to where the plot is too wide. */
export function FailureMark({
  atMs,
  word,
  scale,
  height,
}: {
  readonly atMs: number
  readonly word: VerdictWord
  readonly scale: TimeScale
  readonly height: number
}) {
  const ref = useRef<SVGGElement>(null)
  const x = scale.x(atMs)
  useEffect(() => {
    const scroller = ref.current?.closest('.timeline-scroll')
    if (scroller) scroller.scrollLeft = x - scroller.clientWidth / 3
  }, [x])
  const label = `${word} ${scale.text(atMs)}`
  const width = textWidth(label) + 10
  const left = Math.min(Math.max(0, x - width / 2), scale.width - width)
  return (
    <g class={`failure verdict-${word}`} ref={ref}>
      <line x1={x} x2={x} y1={AXIS_HEIGHT - 2} y2={height - AXIS_HEIGHT} />
      <rect x={left} y="2" width={width} height={AXIS_HEIGHT - 4} rx="3" />
      <text x={left + width / 2} y={AXIS_HEIGHT / 2}>
        {label}
      </text>
    </g>
  )
}
