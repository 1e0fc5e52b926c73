import { shorten } from '../format.ts'
import type { TimeScale } from './scale.ts'
import { textWidth } from './text-width.ts'

const LENGTH_MAX = 60
const MARK_RADIUS = 5
const GAP = 4

/** What is written beside a mark without duration, and where. */
export interface MomentLabel {
  readonly text: string
  /** `before` the mark if the plot ends too soon after it. */
  readonly side: 'before' | 'after'
  /** Of mark and text together, px. */
  readonly from: number
  readonly to: number
}

/** Finds room for the text of a mark at `atMs`. */
export function momentLabel(atMs: number, text: string, scale: TimeScale): MomentLabel {
  const label = shorten(text, LENGTH_MAX)
  const x = scale.x(atMs)
  const reach = MARK_RADIUS + GAP + textWidth(label)
  return x + reach <= scale.width
    ? { text: label, side: 'after', from: x - MARK_RADIUS, to: x + reach }
    : { text: label, side: 'before', from: x - reach, to: x + MARK_RADIUS }
}
