import { escapeText, htmlPage, STYLE } from '../../html.ts'
import {
  type DoctorReport,
  type EvidenceReport,
  type FindingReport,
  isUndecided,
  type NodeReport,
} from '../report.ts'
import { amountText, timeText, type Words } from '../words.ts'
import { wordsOf } from '../words-of.ts'
import { DOCTOR_STYLE } from './html-style.ts'
import { timelinePart } from './html-timeline.ts'

/** A report as one page that needs nothing else: no script, nothing of the network, light and dark. */
export function doctorHtml(report: DoctorReport): string {
  const words = wordsOf(report.language)
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
  return htmlPage({
    title: 'Fairlead doctor',
    language: report.language,
    head: `<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${STYLE}${DOCTOR_STYLE}</style>`,
    body: `<main>
${overviewPart(report, words)}
${report.nodes.map((node, index) => nodePart(node, index, report, words)).join('\n')}
${coveragePart(report, words)}
</main>`,
  })
}

/** Of several nodes, which one has what. */
function overviewPart({ nodes }: DoctorReport, words: Words): string {
  if (nodes.length < 2) return ''
  const rows = nodes.map((node, index) => {
    const [first] = node.findings
    const finding =
      first === undefined
        ? `<span class="soft">${words.nothingFound}</span>`
        : `<span class="sure ${first.sure}">${words.sure[first.sure]}</span><span>${escapeText(first.title)}</span>`
    return `<li><a href="#${idOf(index)}">${escapeText(node.node ?? words.unnamedNode)}</a> ${finding}</li>`
  })
  return `<section><h2>${words.heading.nodes}</h2><ul class="overview">${rows.join('')}</ul></section>`
}

function idOf(index: number): string {
  return `node-${index}`
}

function nodePart(
  node: NodeReport,
  index: number,
  { advisories }: DoctorReport,
  words: Words,
): string {
  const versions = node.versions.map(
    ({ component, version }) => `<li>${escapeText(component)} ${escapeText(version)}</li>`,
  )
  const ready = node.conditions.findLast(({ type }) => type === 'Ready')
  const readyLine =
    ready === undefined
      ? ''
      : `<p class="ready ${ready.status === 'True' ? 'good' : 'bad'}">Ready=${ready.status} ` +
        `${escapeText(ready.reason)}: ${escapeText(ready.message)}</p>`
  const none =
    node.findings.length === 0
      ? `<section><p>${escapeText(words.noFinding(advisories))}</p></section>`
      : ''
  return (
    `<article id="${idOf(index)}"><h1>${escapeText(node.node ?? words.unnamedNode)}</h1>` +
    `<ul class="versions">${versions.join('')}</ul>${readyLine}${none}` +
    (isUndecided(node) ? `<p>${escapeText(words.onlyPossible)}</p>` : '') +
    node.findings.map((finding, place) => findingPart(finding, place, words)).join('') +
    withoutEffectPart(node, words) +
    timelinePart(node, index, words) +
    notSeenPart(node, words) +
    '</article>'
  )
}

function findingPart(finding: FindingReport, place: number, words: Words): string {
  const { heading } = words
  const { sure, title, advisory, cause, why, score } = finding
  const { evidence, contradicting, confirm, remedies, citations } = finding
  const reasons = why.map(
    ({ points, text }) => `<li><b>${points >= 0 ? '+' : ''}${points}</b> ${escapeText(text)}</li>`,
  )
  const steps = remedies.map(
    ({ kind, text, commands, harm, automation }) =>
      `<li><b>${words.kind[kind]}</b> ${escapeText(text)} <span class="soft">` +
      `${words.harm[harm]}; ${words.automation[automation]}</span>` +
      `${commands.map((command) => `<pre><code>${escapeText(command)}</code></pre>`).join('')}</li>`,
  )
  const against =
    contradicting.length === 0
      ? `<p>${words.nothingContradicts}</p>`
      : contradicting.map((each) => evidencePart(each, words)).join('')
  const sureness =
    confirm.length === 0
      ? ''
      : `<h3>${heading.confirm}</h3><ul>${confirm.map((text) => `<li>${inlineCode(text)}</li>`).join('')}</ul>`
  const body = [
    `<p>${escapeText(cause)}</p>`,
    // What is not certain is to be confirmed before anything is done.
    sure === 'certain' ? '' : sureness,
    `<h3>${heading.remedies}</h3><ol>${steps.join('')}</ol>`,
    `<h3>${heading.evidence}</h3>${evidence.map((each) => evidencePart(each, words)).join('')}`,
    `<h3>${heading.contradicting}</h3>${against}`,
    `<h3>${heading.why} (${score})</h3><ul class="why">${reasons.join('')}</ul>`,
    sure === 'certain' ? sureness : '',
    `<h3>${heading.more}</h3><ul class="links">${citations.map(link).join('')}</ul>`,
  ].join('')
  return (
    `<section class="finding ${sure}"><details${place === 0 ? ' open' : ''}><summary>` +
    `<span class="sure">${words.sure[sure]}</span> <span class="title">${escapeText(title)}</span>` +
    `<code>${escapeText(advisory)}</code></summary>${body}</details></section>`
  )
}

function evidencePart(
  { at, source, line, weight, text, alike }: EvidenceReport,
  words: Words,
): string {
  const place = line === undefined ? source : `${source}:${line}`
  const more = alike === 0 ? '' : ` ${words.alike(alike)}`
  return (
    `<figure><figcaption><span class="weight ${weight}">${words.weight[weight]}</span> ` +
    `<time>${timeText(at, words)}</time> ${escapeText(place)}${more}</figcaption>` +
    `<pre><code>${escapeText(text)}</code></pre></figure>`
  )
}

function withoutEffectPart({ withoutEffect }: NodeReport, words: Words): string {
  if (withoutEffect.length === 0) return ''
  const items = withoutEffect.map(
    ({ title, advisory, evidence: [first] }) =>
      `<h3>${escapeText(title)} <code class="soft">${escapeText(advisory)}</code></h3>` +
      (first === undefined ? '' : evidencePart(first, words)),
  )
  return `<section><h2>${words.heading.withoutEffect}</h2>${items.join('')}</section>`
}

function notSeenPart({ notSeen }: NodeReport, words: Words): string {
  if (notSeen.length === 0) return ''
  const items = notSeen.map(
    ({ what, how }) => `<dt>${escapeText(what)}</dt><dd><code>${escapeText(how)}</code></dd>`,
  )
  return `<section><h2>${words.heading.notSeen}</h2><dl>${items.join('')}</dl></section>`
}

function coveragePart({ sources }: DoctorReport, words: Words): string {
  const looked = sources.map(
    (source) =>
      `<li><b>${escapeText(source.name)}</b> ${escapeText(source.layout)}, ${escapeText(amountText(source, words))}</li>`,
  )
  const problems = sources
    .flatMap((source) => source.problems)
    .slice(0, 100)
    .map(({ source, what }) => `<li><b>${escapeText(source)}</b> ${escapeText(what)}</li>`)
  const notRead =
    problems.length === 0 ? '' : `<h2>${words.heading.problems}</h2><ul>${problems.join('')}</ul>`
  return `<section><h2>${words.heading.lookedAt}</h2><ul>${looked.join('')}</ul>${notRead}</section>`
}

/** Commands stand between backticks in advisories. */
function inlineCode(text: string): string {
  return escapeText(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function link(url: string): string {
  // An advisory of somebody else's may have anything here.
  const safe = url.startsWith('https://') ? escapeText(url) : ''
  return `<li><a href="${safe}" rel="noreferrer">${escapeText(shortened(url))}</a></li>`
}

/** As people write an issue or a pull request of GitHub: `containerd/go-cni#126`. */
function shortened(url: string): string {
  const [, project, number] =
    /^https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\/(?:issues|pull)\/(\d+)$/.exec(url) ?? []
  return project === undefined ? url.replace(/^https:\/\//, '') : `${project}#${number}`
}
