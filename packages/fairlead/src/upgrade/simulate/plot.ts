import { escapeText } from '../../html.ts'
import type { PolicyResult } from './simulate.ts'
import type { TimelinePoint } from './timeline.ts'
import { count, timeText } from './words.ts'

const [WIDTH, HEIGHT] = [1_180, 240]
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 16, 12, 28]

/**
 * How a cluster went: nodes on the new version, and nodes that are hurt, over time. SVG; all plots of a page share
 * both axes. That of nodes is logarithmic: one hurt node is to be seen beside thousands.
 */
export function plot({ policy, timeline }: PolicyResult, nodes: number, endMs: number): string {
  const x = (atMs: number) => LEFT + ((WIDTH - LEFT - RIGHT) * atMs) / Math.max(1, endMs)
  const decades = Math.log10(1 + nodes)
  const y = (value: number) =>
    HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * Math.log10(1 + value)) / decades
  const line = (of: (point: TimelinePoint) => number) => stepsOf(timeline, of, x, y, endMs)
  const floor = y(0).toFixed(1)
  const tens = [0, 1, 10, 100, 1_000, 10_000].filter((value) => value * 2 < nodes)
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  return (
    `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" ` +
    `aria-label="${escapeText(`${policy}: nodes on the new version and nodes hurt over time`)}">` +
    [...tens, nodes]
      .map((value) => {
        const level = y(value).toFixed(1)
        return (
          `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${level}" y2="${level}"/>` +
          `<text class="tick" x="${LEFT - 8}" y="${Number(level) + 4}" text-anchor="end">${count(value)}</text>`
        )
      })
      .join('') +
    ticks
      .map((share) => {
        const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle'
        return (
          `<text class="tick" x="${x(endMs * share).toFixed(1)}" y="${HEIGHT - 8}" ` +
          `text-anchor="${anchor}">${timeText(endMs * share)}</text>`
        )
      })
      .join('') +
    `<path class="broken" d="M${LEFT} ${floor}${line(({ broken }) => broken)}V${floor}z"/>` +
    `<path class="new" d="M${LEFT} ${floor}${line(({ onNew }) => onNew)}"/></svg>`
  )
}

/** A value keeps until the next point: steps, to the end of the axis. */
function stepsOf(
  timeline: readonly TimelinePoint[],
  of: (point: TimelinePoint) => number,
  x: (atMs: number) => number,
  y: (value: number) => number,
  endMs: number,
): string {
  const steps = timeline.map((point) => `H${x(point.atMs).toFixed(1)}V${y(of(point)).toFixed(1)}`)
  return `${steps.join('')}H${x(endMs).toFixed(1)}`
}
