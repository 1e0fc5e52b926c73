import {
  type DoctorReport,
  type EvidenceReport,
  type FindingReport,
  isUndecided,
  type NodeReport,
} from '../report.ts'
import { amountText, timeText, type Words } from '../words.ts'
import { wordsOf } from '../words-of.ts'

/** A report as Markdown, to be put into an issue or a ticket. */
export function doctorMarkdown(report: DoctorReport): string {
  const words = wordsOf(report.language)
  const { heading } = words
  const problems = report.sources.flatMap((source) => source.problems)
  return [
    ...report.nodes.flatMap((node) => nodePart(node, report, words)),
    `## ${heading.lookedAt}`,
    '',
    ...report.sources.map(
      (source) => `- ${code(source.name)} (${source.layout}): ${amountText(source, words)}`,
    ),
    ...problems.slice(0, 20).map(({ source, what }) => `- ${code(source)}: ${plain(what)}`),
    '',
  ].join('\n')
}

function nodePart(node: NodeReport, { advisories }: DoctorReport, words: Words): string[] {
  const { heading } = words
  const versions = node.versions.map(({ component, version }) => `${component} ${version}`)
  return [
    `# ${heading.node} ${plain(node.node ?? words.unnamedNode)}`,
    '',
    ...(versions.length === 0 ? [] : [plain(versions.join(', ')), '']),
    ...(node.findings.length === 0 ? [words.noFinding(advisories), ''] : []),
    ...(isUndecided(node) ? [words.onlyPossible, ''] : []),
    ...node.findings.flatMap((finding) => findingPart(finding, words)),
    ...(node.withoutEffect.length === 0 ? [] : [`## ${heading.withoutEffect}`, '']),
    ...node.withoutEffect.flatMap(({ title, advisory, evidence: [first] }) => [
      `${plain(title)} (${code(advisory)})`,
      '',
      ...(first === undefined ? [] : evidencePart(first, words)),
    ]),
    ...(node.notSeen.length === 0 ? [] : [`## ${heading.notSeen}`, '']),
    ...node.notSeen.map(({ what, how }) => `- ${what}: ${how}`),
    '',
  ]
}

function findingPart(finding: FindingReport, words: Words): string[] {
  const { heading } = words
  const { sure, title, advisory, cause, why, evidence, contradicting, confirm, remedies } = finding
  return [
    `## ${words.sure[sure]}: ${plain(title)}`,
    '',
    code(advisory),
    '',
    plain(cause),
    '',
    `**${heading.why}** (${finding.score})`,
    '',
    ...why.map(({ points, text }) => `- ${points >= 0 ? '+' : ''}${points} ${plain(text)}`),
    '',
    `**${heading.evidence}**`,
    '',
    ...evidence.flatMap((each) => evidencePart(each, words)),
    ...(contradicting.length === 0 ? [] : [`**${heading.contradicting}**`, '']),
    ...contradicting.flatMap((each) => evidencePart(each, words)),
    ...(confirm.length === 0 ? [] : [`**${heading.confirm}**`, '']),
    ...confirm.map((text) => `- ${text}`),
    '',
    `**${heading.remedies}**`,
    '',
    ...remedies.flatMap(({ kind, text, commands, harm, automation }, index) => [
      `${index + 1}. ${words.kind[kind]}: ${plain(text)} (${words.harm[harm]}; ${words.automation[automation]})`,
      ...commands.map((command) => `   ${code(command)}`),
    ]),
    '',
    ...finding.citations.map((url) =>
      url.startsWith('https://') ? `- <${url}>` : `- ${code(url)}`,
    ),
    '',
  ]
}

function evidencePart(
  { at, source, line, weight, text, alike }: EvidenceReport,
  words: Words,
): string[] {
  const place = line === undefined ? source : `${source}:${line}`
  const more = alike === 0 ? '' : ` (${words.alike(alike)})`
  return [
    `- ${timeText(at, words)} ${code(place)} ${words.weight[weight]}${more}`,
    '',
    ...fenced(text).map((fence) => `  ${fence}`),
    '',
  ]
}

/** Text that Markdown takes for text: what others wrote is not to become a link or an image. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|!]/g, String.raw`\$&`)
}

/** A span of code that no run of backticks in the text ends. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text.replaceAll('``', "''")} \`\`` : `\`${text}\``
}

function fenced(text: string): string[] {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, text, fence]
}
