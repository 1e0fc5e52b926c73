import { FAULT_KINDS, FAULT_MEANINGS } from './faults.ts'
import { BAR_TITLES, drawing } from './drawing.ts'
import { escapeText, htmlPage, STYLE } from '../html.ts'
import type { ExploreReport, Finding, ReplayReport } from './report.ts'
import { cellText, number, searchText } from './story-text.ts'

/** Stories as one HTML page that needs nothing else: drawn, for light and dark, without a script. */
export function page(report: ExploreReport | ReplayReport): string {
  const body = report.kind === 'fairlead.explore' ? exploration(report) : replayed(report)
  return htmlPage({
    title: 'Fairlead explore',
    head: `<style>${STYLE}</style>`,
    body: `<main>\n${body}\n</main>`,
  })
}

function exploration(report: ExploreReport): string {
  const stories = report.subjects.flatMap(({ subject, findings }) =>
    findings.map((finding) => story(subject, finding)),
  )
  const found = stories.length
  const title =
    found === 0
      ? 'No fault was found'
      : found === 1
        ? 'One fault was found'
        : `${found} faults were found`
  return (
    `<h1>${title}</h1>\n<p class="soft">${searchText(report.search, report.subjects)}</p>\n` +
    `${overview(report)}${found === 0 ? '' : legend()}${stories.join('')}`
  )
}

function overview({ subjects }: ExploreReport): string {
  const kinds = FAULT_KINDS.filter((kind) =>
    subjects.some(({ searchedFor }) => searchedFor.includes(kind)),
  )
  const heading = kinds.map(
    (kind) => `<th scope="col">${kind}<small>${FAULT_MEANINGS[kind]}</small></th>`,
  )
  const rows = subjects.map((subject) => {
    const cells = kinds.map((kind) => {
      const { found, text } = cellText(subject, kind)
      if (!subject.searchedFor.includes(kind)) return `<td>${text}</td>`
      const link = `<a href="#${anchor(subject.subject, kind)}">${text}</a>`
      return `<td class="${found ? 'bad' : 'good'}">${found ? link : text}</td>`
    })
    return (
      `<tr><th scope="row">${escapeText(subject.subject)}</th>${cells.join('')}` +
      `<td>${number(subject.schedulesPerSecond)}</td></tr>`
    )
  })
  return (
    `<div class="scroll"><table><thead><tr><th scope="col">subject</th>${heading.join('')}` +
    `<th scope="col">schedules/s</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>\n`
  )
}

function replayed(report: ReplayReport): string {
  const { subject, faults, story: told, replay } = report
  const words = faults.map(({ kind }) => kind).join(', ') || 'no fault'
  return (
    `<h1>${escapeText(subject)}: ${words}</h1>\n${legend()}<section>${drawn(told, subject)}` +
    `${faults.map((fault) => outcome(fault)).join('')}${command(replay)}</section>`
  )
}

function story(subject: string, finding: Finding): string {
  const { kind } = finding
  const title = `${subject}: ${kind}`
  return (
    `<section id="${anchor(subject, kind)}"><h2>${escapeText(title)}</h2>` +
    `<p class="soft">The plainest schedule found in which ${FAULT_MEANINGS[kind]}.</p>` +
    `${drawn(finding.story, title)}${outcome(finding)}${command(finding.replay)}</section>\n`
  )
}

function drawn(told: Finding['story'], title: string): string {
  return `<div class="scroll drawing" tabindex="0">${drawing(told, title)}</div>`
}

function outcome({ message, waits }: Pick<Finding, 'message' | 'waits'>): string {
  const items = waits.map((wait) => `<li>${escapeText(wait)}</li>`).join('')
  return `<p class="outcome">${escapeText(message)}</p>${items === '' ? '' : `<ul>${items}</ul>`}`
}

function command(replay: string): string {
  return `<p><code>fairlead explore --replay ${escapeText(replay)}</code></p>`
}

function legend(): string {
  const bars = Object.entries(BAR_TITLES).map(
    ([kind, title]) =>
      `<li><svg width="14" height="18" aria-hidden="true"><rect class="bar ${kind}" x="3" y="1" ` +
      `width="8" height="16" rx="2"/></svg>${title}</li>`,
  )
  const arrow =
    '<li><svg width="34" height="18" aria-hidden="true"><path class="arrow wait" d="M1 9H24"/>' +
    '<path class="head wait" d="M33 9l-9 -5v10z"/></svg>waits behind</li>'
  return `<ul class="legend">${bars.join('')}${arrow}</ul>\n`
}

function anchor(subject: string, kind: string): string {
  return escapeText(`${subject}-${kind}`)
}
