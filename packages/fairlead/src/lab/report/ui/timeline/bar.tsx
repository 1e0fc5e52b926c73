import { textWidth } from './text-width.ts'

const WIDTH_MIN = 4
const TEXT_PADDING = 5

/** A span of time, labelled inside or, if there is room before the next one, after its end. */
export function Bar({
  tone,
  from,
  to,
  room,
  y,
  height,
  title,
  labels,
  labelsOutside = labels,
  isTrouble = false,
  isOpen = false,
}: {
  readonly tone: string
  readonly from: number
  readonly to: number
  /** Up to where a label may go, px. */
  readonly room: number
  readonly y: number
  readonly height: number
  readonly title: string
  /** The first that fits is written, so the longest comes first. */
  readonly labels: readonly string[]
  /** Those of `labels` that may be written after the end. */
  readonly labelsOutside?: readonly string[]
  readonly isTrouble?: boolean
  /** It had not ended when the trial did. */
  readonly isOpen?: boolean
}) {
  // Wide enough to be seen and pointed at, as far as the next one leaves room for that.
  const width = Math.max(to - from, Math.min(WIDTH_MIN, room - from), 1)
  const end = from + width
  const fitsInside = (label: string) => textWidth(label) + 2 * TEXT_PADDING <= width
  const fitsOutside = (label: string) => end + textWidth(label) + 2 * TEXT_PADDING <= room
  const label = labels.find(
    (label) => fitsInside(label) || (labelsOutside.includes(label) && fitsOutside(label)),
  )
  const box = { x: from, y, width, height, rx: Math.min(2, width / 2) }
  return (
    <g class={`bar ${tone} ${isTrouble ? 'is-trouble' : ''} ${width < 8 ? 'is-short' : ''}`}>
      <title>{title}</title>
      <rect class="bar-body" {...box} />
      {isTrouble && <rect class="bar-hatch" {...box} />}
      {isOpen && <path class="bar-open" d={`M${end} ${y}l7 ${height / 2}l-7 ${height / 2}z`} />}
      {label !== undefined && (
        <text
          class={fitsInside(label) ? undefined : 'text-free'}
          x={(fitsInside(label) ? from : end) + TEXT_PADDING}
          y={y + height / 2}
        >
          {label}
        </text>
      )}
    </g>
  )
}
