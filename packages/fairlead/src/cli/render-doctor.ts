import {
  type DoctorReport,
  type EvidenceReport,
  type FindingReport,
  isUndecided,
  type NodeReport,
} from '../doctor/report.ts'
import { amountText, timeText, type Words } from '../doctor/words.ts'
import { wordsOf } from '../doctor/words-of.ts'
import type { CliContext } from './context.ts'
import { type Paint, paint } from './paint.ts'
import { wrap } from './wrap.ts'

const EVIDENCE_AT_MOST = 8
const TEXT_WIDTH = 300

const SURE_PAINT: Readonly<Record<FindingReport['sure'], Paint>> = {
  certain: 'red',
  likely: 'yellow',
  possible: 'magenta',
}

/** A report for people: the causes of each node, and what was looked at. */
export function doctorText(report: DoctorReport, context: CliContext): string {
  const words = wordsOf(report.language)
  const print = printer(context)
  return [
    ...report.nodes.flatMap((node) => [...nodeLines(node, report, words, print), '']),
    ...coverageLines(report, words, print),
    '',
  ].join('\n')
}

type Print = (how: Paint, text: string) => string

function printer(context: CliContext): Print {
  return (how, text) => paint(context, context.process.stdout, how, text)
}

function nodeLines(
  report: NodeReport,
  { advisories }: DoctorReport,
  words: Words,
  print: Print,
): string[] {
  const { node, versions, conditions, findings, withoutEffect, notSeen } = report
  const known = versions.map(({ component, version }) => `${component} ${version}`).join(', ')
  const ready = conditions.findLast(({ type }) => type === 'Ready')
  return [
    print('bold', node ?? words.unnamedNode) + (known === '' ? '' : `  (${known})`),
    ...(ready === undefined
      ? []
      : [`  Ready=${ready.status}  ${ready.reason}: ${cut(ready.message)}`]),
    '',
    ...(findings.length === 0 ? [`  ${words.noFinding(advisories)}`, ''] : []),
    ...(isUndecided(report) ? [...wrapped(words.onlyPossible, 2), ''] : []),
    ...findings.flatMap((finding, index) => {
      // The first one is what to act on; of the others, what would tell them from it.
      const isWhole = index === 0 || finding.sure === 'certain'
      return [...(isWhole ? findingLines : briefLines)(finding, words, print), '']
    }),
    ...(withoutEffect.length === 0 ? [] : [`  ${print('bold', words.heading.withoutEffect)}`]),
    ...withoutEffect.flatMap((finding) => [...seenLines(finding, words), '']),
    ...(notSeen.length === 0 ? [] : [`  ${print('bold', words.heading.notSeen)}`]),
    ...notSeen.flatMap(({ what, how }) => [`    ${what}`, `      ${how}`]),
  ]
}

function findingLines(finding: FindingReport, words: Words, print: Print): string[] {
  const { heading } = words
  const { evidence, contradicting, confirm, remedies, citations } = finding
  const title = (text: string) => `    ${print('bold', text)}`
  const why = finding.why.map(
    ({ points, text }) => `      ${points >= 0 ? '+' : ''}${points}  ${text}`,
  )
  return [
    ...headLines(finding, words, print),
    '',
    title(heading.cause),
    ...wrapped(finding.cause, 6),
    title(`${heading.why} (${finding.score})`),
    ...why,
    title(heading.evidence),
    ...evidence.slice(0, EVIDENCE_AT_MOST).flatMap((each) => evidenceLines(each, words)),
    title(heading.contradicting),
    ...(contradicting.length === 0
      ? [`      ${words.nothingContradicts}`]
      : contradicting.flatMap((each) => evidenceLines(each, words))),
    ...(confirm.length === 0 ? [] : [title(heading.confirm)]),
    ...confirm.flatMap((text) => confirmLines(text, 6)),
    title(heading.remedies),
    ...remedies.flatMap(({ kind, text, commands, harm, automation }, index) => [
      ...wrapped(`${words.kind[kind]}: ${text}`, 9, `      ${index + 1}. `),
      `         (${words.harm[harm]}; ${words.automation[automation]})`,
      ...commands.map((command) => `         $ ${command}`),
    ]),
    ...(citations.length === 0 ? [] : [title(heading.more)]),
    ...citations.map((url) => `      ${url}`),
  ]
}

function briefLines(finding: FindingReport, words: Words, print: Print): string[] {
  const { advisory, confirm } = finding
  const why = finding.why.map(({ points, text }) => `${points >= 0 ? '+' : ''}${points} ${text}`)
  return [
    ...headLines(finding, words, print),
    ...wrapped(`${words.heading.why} (${finding.score}): ${why.join('; ')}`, 4),
    ...(confirm.length === 0 ? [] : [`    ${words.heading.confirm}`]),
    ...confirm.flatMap((text) => confirmLines(text, 4)),
    `    ${words.heading.more}: fairlead advisories show ${advisory}`,
  ]
}

/** A command that ends a text has a line of its own, which can be copied whole. */
function confirmLines(text: string, indent: number): string[] {
  const [, words = text, command] = /^([^`]*[:：]) ?`([^`]+)`$/.exec(text) ?? []
  return [
    ...wrapped(words, indent + 2, `${' '.repeat(indent)}- `),
    ...(command === undefined ? [] : [`${' '.repeat(indent + 2)}$ ${command}`]),
  ]
}

function seenLines({ title, advisory, evidence }: FindingReport, words: Words): string[] {
  return [
    ...wrapped(title, 4),
    `    ${advisory}`,
    ...evidence.slice(0, 1).flatMap((each) => evidenceLines(each, words)),
  ]
}

function headLines({ sure, title, advisory }: FindingReport, words: Words, print: Print): string[] {
  return [
    `  ${print(SURE_PAINT[sure], words.sure[sure])}  ${print('bold', title)}`,
    `    ${advisory}`,
  ]
}

function evidenceLines(
  { weight, known, source, line, at, text, alike }: EvidenceReport,
  words: Words,
): string[] {
  const place = line === undefined ? source : `${source}:${line}`
  const more = alike === 0 ? '' : ` (${words.alike(alike)})`
  return [
    `      ${timeText(at, words)}  ${place}  [${words.weight[weight]}]${more}`,
    `        ${around(text, known)}`,
  ]
}

/** The part of a long line that tells. */
function around(text: string, known: string): string {
  if (text.length <= TEXT_WIDTH) return text
  const at = Math.max(0, text.indexOf(known) - TEXT_WIDTH / 3)
  const part = text.slice(at, at + TEXT_WIDTH)
  return `${at > 0 ? '...' : ''}${part}${at + TEXT_WIDTH < text.length ? '...' : ''}`
}

function cut(text: string): string {
  return text.length <= TEXT_WIDTH ? text : `${text.slice(0, TEXT_WIDTH)}...`
}

function coverageLines({ sources }: DoctorReport, words: Words, print: Print): string[] {
  const problems = sources.flatMap((source) => source.problems)
  return [
    print('bold', words.heading.lookedAt),
    ...sources.map(
      (source) => `  ${source.name}  (${source.layout}: ${amountText(source, words)})`,
    ),
    ...(problems.length === 0 ? [] : [print('bold', words.heading.problems)]),
    ...problems.slice(0, 20).map(({ source, what }) => `  ${source}: ${what}`),
    ...(problems.length > 20 ? [`  ... ${problems.length - 20}`] : []),
  ]
}

const WIDTH = 100

function wrapped(text: string, indent: number, first = ''): string[] {
  const lines = wrap(text, WIDTH, ' '.repeat(indent)).split('\n')
  return first === '' ? lines : [first + (lines[0] ?? '').slice(indent), ...lines.slice(1)]
}
