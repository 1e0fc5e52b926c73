import { escapeText } from '../html.ts'
import { lineText } from './story-text.ts'
import { seconds, type Span, type SpanKind, type Story, type StoryLine } from './story.ts'

const NUMBER_X = 30
const TIME_X = 92
const LANES_X = 150
const LANE_WIDTH = 112
const TEXT_GAP = 20
/** What fits a usual window; with many actors the text keeps at least this and the drawing is wider. */
const WIDTH = 1_210
const TEXT_WIDTH_MIN = 420
const CHARACTER_WIDTH = 6.8
const HEAD_HEIGHT = 42
const LINE_HEIGHT = 18
const ROW_PADDING = 16

/** Three tracks to a lane, so that nothing hides anything: waits, locks, plugins. */
const TRACK_X: Readonly<Record<SpanKind, number>> = { wait: -10, read: 0, write: 0, plugin: 10 }

interface Row {
  readonly line: StoryLine
  readonly texts: readonly string[]
  readonly top: number
  readonly height: number
  readonly middle: number
}

/** A story as a sequence diagram, SVG: a lane for each actor, a row for each step, time going down. */
export function drawing(story: Story, title: string): string {
  const textWidth = Math.max(TEXT_WIDTH_MIN, WIDTH - textX(story))
  const rows = layOut(story.lines, Math.floor(textWidth / CHARACTER_WIDTH))
  const height = (rows.at(-1)?.top ?? HEAD_HEIGHT) + (rows.at(-1)?.height ?? 0) + 14
  const width = textX(story) + textWidth
  const parts = [
    ...rows.map((row) => background(row, width)),
    ...story.actors.map((actor) => lane(story, actor, height)),
    ...story.spans.map((span) => bar(story, span, rows, height)),
    ...rows.map((row) => mark(story, row)),
    ...rows.flatMap((row) => row.line.arrows.map((arrow) => connect(story, arrow, row))),
    ...rows.map((row) => words(story, row)),
  ]
  return (
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ` +
    `aria-label="${escapeText(title)}">${parts.join('')}</svg>`
  )
}

function layOut(lines: readonly StoryLine[], columns: number): Row[] {
  let top = HEAD_HEIGHT
  return lines.map((line) => {
    const texts = wrap(lineText(line), columns)
    const height = ROW_PADDING + LINE_HEIGHT * texts.length
    const row = { line, texts, top, height, middle: top + height / 2 }
    top += height
    return row
  })
}

/** Lines of at most so many characters, broken at spaces. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function laneX({ actors }: Story, actor: string): number {
  return LANES_X + LANE_WIDTH * (Math.max(0, actors.indexOf(actor)) + 0.5)
}

function textX({ actors }: Story): number {
  return LANES_X + LANE_WIDTH * actors.length + TEXT_GAP
}

function background({ line, top, height }: Row, width: number): string {
  const kind = line.actor === undefined ? 'time' : line.number % 2 === 0 ? 'even' : 'odd'
  return `<rect class="row ${kind}" x="0" y="${top}" width="${width}" height="${height}"/>`
}

function lane(story: Story, actor: string, height: number): string {
  const x = laneX(story, actor)
  return (
    `<line class="lane" x1="${x}" x2="${x}" y1="${HEAD_HEIGHT - 6}" y2="${height - 8}"/>` +
    `<text class="actor" x="${x}" y="24">${escapeText(actor)}</text>`
  )
}

function bar(story: Story, span: Span, rows: readonly Row[], height: number): string {
  const from = rows[span.from - 1]
  if (from === undefined) return ''
  const end = span.to === undefined ? undefined : rows[span.to - 1]
  const x = laneX(story, span.actor) + TRACK_X[span.kind]
  const bottom = end?.middle ?? height - 8
  const top = Math.min(from.middle, bottom - 8)
  const open = end === undefined ? ' open' : ''
  return (
    `<rect class="bar ${span.kind}${open}" x="${x - 4}" y="${top}" width="8" ` +
    `height="${bottom - top}" rx="2"><title>${BAR_TITLES[span.kind]}</title></rect>`
  )
}

/** What the bars mean; the legend says it too. */
export const BAR_TITLES: Readonly<Record<SpanKind, string>> = {
  read: 'has the read lock',
  write: 'has the write lock',
  wait: 'waits for the lock',
  plugin: 'a plugin runs',
}

function mark(story: Story, { line, middle }: Row): string {
  if (line.actor === undefined) return ''
  const x = laneX(story, line.actor)
  return `<circle class="step" cx="${x}" cy="${middle}" r="5"/>`
}

function connect(story: Story, { kind, from, to }: StoryLine['arrows'][number], row: Row): string {
  const direction = Math.sign(laneX(story, to) - laneX(story, from))
  if (direction === 0) return ''
  const x1 = laneX(story, from) + direction * 7
  const x2 = laneX(story, to) - direction * 16
  const { middle: y } = row
  return (
    `<path class="arrow ${kind}" d="M${x1} ${y}H${x2}"/>` +
    `<path class="head ${kind}" d="M${x2 + direction * 9} ${y}l${-direction * 9} -5v10z"/>`
  )
}

function words(story: Story, { line, texts, top, middle }: Row): string {
  const x = textX(story)
  const first = top + ROW_PADDING / 2 + 13
  const lines = texts.map(
    (text, index) =>
      `<tspan x="${x}" y="${first + index * LINE_HEIGHT}">${escapeText(text)}</tspan>`,
  )
  const kind = line.actor === undefined ? 'says time' : 'says'
  return (
    `<text class="number" x="${NUMBER_X}" y="${middle + 4}">${line.number}</text>` +
    `<text class="number" x="${TIME_X}" y="${middle + 4}">${seconds(line.atMs)}</text>` +
    `<text class="${kind}">${lines.join('')}</text>`
  )
}
