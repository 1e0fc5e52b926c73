import { FAULT_MEANINGS } from './faults.ts'
import type { Finding, ReplayReport, Search, SubjectReport } from './report.ts'
import { seconds, type Story, type StoryLine } from './story.ts'

/** A story for people, one numbered line for each step. */
export function storyText({ actors, lines }: Story): string {
  const width = Math.max(...actors.map(({ length }) => length))
  const times = lines.map(({ atMs }) => seconds(atMs))
  const timeWidth = Math.max(...times.map(({ length }) => length))
  return lines
    .map((line, index) => {
      const number = String(line.number).padStart(4)
      const time = (times[index] ?? '').padStart(timeWidth)
      return `${number}  ${time}  ${(line.actor ?? '').padEnd(width)}  ${lineText(line)}\n`
    })
    .join('')
}

/** What a line says, with whom it came before. */
export function lineText({ text, interrupts }: StoryLine): string {
  return interrupts === undefined ? text : `${text} (${interrupts} could have gone on)`
}

/** The sentences that end a story. */
function outcomeText({ message, waits }: Pick<Finding, 'message' | 'waits'>): string {
  return [message, ...waits.map((wait) => `- ${wait}`)].map((line) => `      ${line}\n`).join('')
}

/** A fault with its story and how to see it again. */
export function findingText(subject: string, finding: Finding): string {
  return (
    `${subject}, ${finding.kind}: ${FAULT_MEANINGS[finding.kind]}\n\n` +
    `${storyText(finding.story)}\n${outcomeText(finding)}\n` +
    `      fairlead explore --replay ${finding.replay}\n`
  )
}

/** A replayed run with what it came to. */
export function replayText({ subject, faults, story }: ReplayReport): string {
  const outcome = faults.map((fault) => `${fault.kind}\n${outcomeText(fault)}`).join('')
  return `${subject}\n\n${storyText(story)}\n${outcome || 'No fault.\n'}`
}

/** A cell of the table: how a search for one kind of fault ended. */
export function cellText(
  { schedules, searchedFor, findings }: SubjectReport,
  kind: Finding['kind'],
): { readonly found: boolean; readonly text: string } {
  if (!searchedFor.includes(kind)) return { found: false, text: '-' }
  const finding = findings.find((one) => one.kind === kind)
  if (finding === undefined) return { found: false, text: `none in ${number(schedules)}` }
  const { seenIn, foundAfter } = finding
  return { found: true, text: `in ${number(seenIn)} of ${number(schedules)}, first #${foundAfter}` }
}

/** What was searched, in a sentence; all that is needed to do it again. */
export function searchText(search: Search, subjects: readonly SubjectReport[]): string {
  switch (search.strategy) {
    case 'exhaustive': {
      const cut = subjects.some(({ complete }) => !complete)
      const { preemptions } = search
      const all = `schedules with at most ${preemptions} preemption${preemptions === 1 ? '' : 's'}`
      return cut ? `The first ${number(search.runs)} ${all}.` : `All ${all}.`
    }
    case 'random':
      return `Random schedules, seed ${search.seed}.`
    case 'pct':
      return `PCT schedules of depth ${search.depth}, seed ${search.seed}.`
  }
}

/** 12345 as `12,345`. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}
