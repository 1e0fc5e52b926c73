import { escapeText } from '../packages/fairlead/src/html.ts'

/** Where values are; the ticks are labelled with `unit` once, at the end of the axis. */
export interface Axis {
  readonly kind: 'linear' | 'log'
  readonly from: number
  readonly to: number
  readonly ticks: readonly number[]
  /** What is measured, with its unit. */
  readonly label: string
}

/** One thing that was measured, as a row of a plot. */
export interface PlotRow {
  readonly label: string
  readonly value: number
  /** The end of a thin line from `value`: a p99, the most that was seen. */
  readonly upTo?: number
  /** What stands at the right end, in words. */
  readonly text: string
  /** Which colour: 0 is Fairlead's, the others are those of peers. */
  readonly series: 0 | 1 | 2
  /** It went on beyond the axis, nobody knows how far. */
  readonly isOpen?: boolean
}

/** Rows below one heading; its goal is drawn through them. */
export interface PlotGroup {
  readonly heading: string
  readonly rows: readonly PlotRow[]
  readonly axis: Axis
  readonly goal?: { readonly value: number; readonly label: string }
}

// Narrow, so that it is readable without zooming where a page is 340 pixels wide.
const WIDTH = 480
const [LEFT, RIGHT] = [16, 464]
const ROW = 40

// Okabe and Ito's colours, which people tell apart who see no red or no green. An SVG in an <img> has the colour
// scheme of the page around it, and a ground of its own where that is not known.
const STYLE = `
svg { --ground: #ffffff; --ink: #1f2328; --soft: #57606a; --grid: #d8dee4; --s0: #0072b2; --s1: #d55e00; --s2: #9a4f86; }
@media (prefers-color-scheme: dark) {
svg { --ground: #1b1b1f; --ink: #dfdfd6; --soft: #a8abb2; --grid: #3c3f44; --s0: #56b4e9; --s1: #f0913f; --s2: #dd9ac8; }
}
.ground { fill: var(--ground); stroke: var(--grid); }
text { fill: var(--ink); font: 13px system-ui, sans-serif; paint-order: stroke; stroke: var(--ground); stroke-width: 4px; }
.soft { fill: var(--soft); font-size: 12px; }
.title { font-size: 15px; font-weight: 600; }
.heading { font-weight: 600; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: var(--grid); }
.goal { stroke: var(--soft); stroke-dasharray: 4 3; }
.s0 { stroke: var(--s0); fill: var(--s0); }
.s1 { stroke: var(--s1); fill: var(--s1); }
.s2 { stroke: var(--s2); fill: var(--s2); }
.line { fill: none; stroke-width: 2; }
.dash { stroke-dasharray: 3 3; }`

/** Groups of rows one below the other: bars from zero on a linear axis, dots on a logarithmic one. */
export function rowPlot(title: string, note: string, groups: readonly PlotGroup[]): string {
  let y = 62
  const parts = groups.map((group, index) => {
    const next = groups[index + 1]
    // Groups on one axis have it once, below the last of them.
    const drawn = groupOf(group, y, next?.axis !== group.axis)
    y += drawn.height
    return drawn.svg
  })
  return svg(title, note, y + 4, parts.join('\n'))
}

function groupOf(group: PlotGroup, top: number, hasAxis: boolean) {
  const { heading, rows, axis, goal } = group
  const x = scaleOf(axis)
  const bottom = top + 22 + rows.length * ROW
  const grid = axis.ticks.map((tick) => vertical('grid', x(tick), top + 24, bottom))
  const goalLine =
    goal === undefined
      ? []
      : [
          vertical('goal', x(goal.value), top + (goal.label === '' ? 24 : 10), bottom),
          `<text class="soft" x="${x(goal.value) + 5}" y="${top + 14}">${escapeText(goal.label)}</text>`,
        ]
  const svg = [
    ...grid,
    ...goalLine,
    `<text class="heading" x="${LEFT}" y="${top + 14}">${escapeText(heading)}</text>`,
    ...rows.map((row, index) => rowOf(row, axis, top + 38 + index * ROW)),
    ...(hasAxis ? axisOf(axis, bottom) : []),
  ].join('\n')
  return { svg, height: bottom - top + (hasAxis ? 54 : 14) }
}

function rowOf({ label, value, upTo, text, series, isOpen }: PlotRow, axis: Axis, y: number) {
  const x = scaleOf(axis)
  const at = y + 12
  const [from, to] = [x(value), isOpen === true ? RIGHT : x(upTo ?? value)]
  const line =
    to === from
      ? ''
      : `<path class="line s${series}${isOpen === true ? ' dash' : ''}" d="M${from} ${at}H${to}"/>`
  const end =
    isOpen === true
      ? `<path class="s${series}" d="M${RIGHT} ${at}l-9 -5v10z"/>`
      : to === from
        ? ''
        : vertical(`line s${series}`, to, at - 5, at + 5)
  const mark =
    axis.kind === 'log'
      ? `<circle class="s${series}" cx="${from}" cy="${at}" r="4.5"/>`
      : `<rect class="s${series}" x="${LEFT}" y="${at - 4}" width="${round(from - LEFT)}" height="8" rx="1"/>`
  return [
    `<text x="${LEFT}" y="${y}">${escapeText(label)}</text>`,
    `<text class="end" x="${RIGHT}" y="${y}">${escapeText(text)}</text>`,
    `${line}${end}${mark}`,
  ].join('\n')
}

function axisOf(axis: Axis, y: number): string[] {
  const x = scaleOf(axis)
  return [
    ...axis.ticks.map((tick) => {
      const anchor = x(tick) < LEFT + 12 ? '' : x(tick) > RIGHT - 12 ? ' end' : ' middle'
      return `<text class="soft${anchor}" x="${x(tick)}" y="${y + 14}">${tickText(tick)}</text>`
    }),
    `<text class="soft end" x="${RIGHT}" y="${y + 30}">${escapeText(axis.label)}</text>`,
  ]
}

/** One line over time, from zero. */
export interface LinePlot {
  readonly across: Axis
  readonly up: Axis
  readonly points: readonly (readonly [across: number, up: number])[]
  readonly goal: { readonly value: number; readonly label: string }
}

/** A line with its points, and the goal as a line across. */
export function linePlot(title: string, note: string, plot: LinePlot): string {
  const [top, bottom, left] = [86, 246, 44]
  const x = scaleOf(plot.across, left)
  const { from, to } = plot.up
  const y = (value: number) => round(bottom - ((value - from) / (to - from)) * (bottom - top))
  const level = (how: string, value: number) =>
    `<path class="${how}" d="M${left} ${y(value)}H${RIGHT}"/>`
  const body = [
    ...plot.up.ticks.flatMap((tick) => [
      level('grid', tick),
      `<text class="soft end" x="${left - 6}" y="${y(tick) + 4}">${tickText(tick)}</text>`,
    ]),
    `<text class="soft" x="${LEFT}" y="${top - 14}">${escapeText(plot.up.label)}</text>`,
    level('goal', plot.goal.value),
    `<text class="soft end" x="${RIGHT}" y="${y(plot.goal.value) + 16}">${escapeText(plot.goal.label)}</text>`,
    `<path class="line s0" d="M${plot.points.map(([at, value]) => `${x(at)} ${y(value)}`).join('L')}"/>`,
    ...plot.points.map(
      ([at, value]) =>
        `<circle class="s0" cx="${x(at)}" cy="${y(value)}" r="3"><title>${value}</title></circle>`,
    ),
    ...plot.across.ticks.map(
      (tick) =>
        `<text class="soft ${x(tick) > RIGHT - 12 ? 'end' : 'middle'}" x="${x(tick)}" y="${bottom + 18}">${tickText(tick)}</text>`,
    ),
    `<text class="soft end" x="${RIGHT}" y="${bottom + 36}">${escapeText(plot.across.label)}</text>`,
  ]
  return svg(title, note, bottom + 48, body.join('\n'))
}

function svg(title: string, note: string, height: number, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title note">
<style>${STYLE}</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
<text id="title" class="title" x="${LEFT}" y="28">${escapeText(title)}</text>
<text id="note" class="soft" x="${LEFT}" y="47">${escapeText(note)}</text>
${body}
</svg>
`
}

function scaleOf({ kind, from, to }: Axis, left: number = LEFT): (value: number) => number {
  const place = kind === 'log' ? Math.log10 : (value: number) => value
  const share = (value: number) => (place(value) - place(from)) / (place(to) - place(from))
  return (value) => round(left + share(value) * (RIGHT - left))
}

function vertical(how: string, x: number, from: number, to: number): string {
  return `<path class="${how}" d="M${x} ${from}V${to}"/>`
}

function tickText(value: number): string {
  return value.toLocaleString('en-US')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
