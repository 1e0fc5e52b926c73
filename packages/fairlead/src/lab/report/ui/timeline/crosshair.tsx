import type { ReadonlySignal } from '@preact/signals'
import { seconds } from '../format.ts'
import { AXIS_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'

/** A line through all lanes at the pointer, with the time there. */
export function Crosshair({
  pointerX,
  scale,
  height,
}: {
  readonly pointerX: ReadonlySignal<number | undefined>
  readonly scale: TimeScale
  readonly height: number
}) {
  if (pointerX.value === undefined) return null
  const ms = scale.ms(pointerX.value)
  const x = scale.x(ms)
  return (
    <g class="crosshair">
      <line x1={x} x2={x} y1={AXIS_HEIGHT} y2={height - AXIS_HEIGHT} />
      <rect x={x - 26} y={2} width="52" height={AXIS_HEIGHT - 4} rx="3" />
      <text x={x} y={AXIS_HEIGHT / 2}>
        {seconds(ms)}
      </text>
    </g>
  )
}
