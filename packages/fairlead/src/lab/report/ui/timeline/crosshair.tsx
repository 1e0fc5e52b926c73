import type { ReadonlySignal } from '@preact/signals'
import { AXIS_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'
import { textWidth } from './text-width.ts'

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
  const text = scale.text(ms)
  const width = textWidth(text) + 10
  return (
    <g class="crosshair">
      <line x1={x} x2={x} y1={AXIS_HEIGHT} y2={height - AXIS_HEIGHT} />
      <rect x={x - width / 2} y={2} width={width} height={AXIS_HEIGHT - 4} rx="3" />
      <text x={x} y={AXIS_HEIGHT / 2}>
        {text}
      </text>
    </g>
  )
}
