import { escapeText } from '../../html.ts'
import type { Moment, NodeReport } from '../report.ts'
import { timeText, type Words } from '../words.ts'

/** The timeline of a node: a strip for each observer over time, and below it the moments themselves. */
export function timelinePart({ timeline }: NodeReport, nodeIndex: number, words: Words): string {
  if (timeline.length === 0) return ''
  const moments = timeline.map((moment, index) => ({ moment, id: `m${nodeIndex}-${index}` }))
  const timed = moments.flatMap(({ moment, id }) =>
    moment.at === null ? [] : [{ moment, id, atMs: Date.parse(moment.at) }],
  )
  return (
    `<section><h2>${words.heading.timeline}</h2>${strips(timed, words)}` +
    `<ol class="moments">${moments.map(({ moment, id }) => item(moment, id, words)).join('')}</ol></section>`
  )
}

interface Timed {
  readonly moment: Moment
  readonly id: string
  readonly atMs: number
}

function strips(timed: readonly Timed[], words: Words): string {
  const times = timed.map(({ atMs }) => atMs)
  const first = Math.min(...times)
  const last = Math.max(...times)
  if (timed.length < 2 || first === last) return ''
  const observers = [...new Set(timed.map(({ moment }) => moment.from))]
  const rows = observers.map((observer) => {
    const dots = timed
      .filter(({ moment }) => moment.from === observer)
      .map(({ moment, id, atMs }) => {
        const left = (((atMs - first) / (last - first)) * 100).toFixed(2)
        const tells = moment.findings.length > 0 ? ' tells' : ''
        const title = escapeText(`${moment.at ?? ''} ${moment.text.slice(0, 200)}`)
        return `<a class="dot ${moment.kind}${tells}" style="left:${left}%" href="#${id}" title="${title}"></a>`
      })
    return `<div class="name">${escapeText(observer)}</div><div class="track">${dots.join('')}</div>`
  })
  const [begin, end] = [first, last].map((atMs) => timeText(new Date(atMs).toISOString(), words))
  return (
    `<div class="lanes">${rows.join('')}` +
    `<div class="ends wide"><time>${begin}</time><time>${end}</time></div></div>`
  )
}

function item(
  { at, from, text, source, line, more = 0, findings }: Moment,
  id: string,
  words: Words,
) {
  const place = line === undefined ? source : `${source}:${line}`
  const rest = more === 0 ? '' : ` (${words.alike(more)})`
  return (
    `<li id="${id}"${findings.length > 0 ? ' class="tells"' : ''}>` +
    `<time>${timeText(at, words)}</time><span>${escapeText(from)}</span>` +
    `<span>${escapeText(text)}<small>${escapeText(place)}${rest}</small></span></li>`
  )
}
