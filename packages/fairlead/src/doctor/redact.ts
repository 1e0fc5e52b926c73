import { isIPv6 } from 'node:net'
import type { DoctorReport, EvidenceReport, FindingReport } from './report.ts'

/**
 * The same report without what tells whose nodes they are: addresses, names of nodes, pods, namespaces and
 * hosts, ids and the paths that were given. The same name has the same stand-in everywhere. Texts of
 * advisories, versions and times stay.
 */
export function redacted(report: DoctorReport): DoctorReport {
  const names = new StandIns()
  for (const { node } of report.nodes) if (node !== null) names.of('node', node)
  for (const text of textsOf(report)) learn(text, names)
  const hide = (text: string) => names.hideIn(text)
  const placed = <Item extends { source: string }>(item: Item): Item => ({
    ...item,
    source: hide(item.source),
  })
  const spoken = (evidence: EvidenceReport): EvidenceReport => ({
    ...placed(evidence),
    text: hide(evidence.text),
  })
  const found = (finding: FindingReport): FindingReport => ({
    ...finding,
    evidence: finding.evidence.map(spoken),
    contradicting: finding.contradicting.map(spoken),
  })
  return {
    ...report,
    sources: report.sources.map((source, index) => ({
      ...source,
      name: `source-${index + 1}`,
      problems: source.problems.map(({ source: path, what }) => ({
        source: hide(path),
        what: hide(what),
      })),
    })),
    nodes: report.nodes.map((node) => ({
      ...node,
      node: node.node === null ? null : names.of('node', node.node),
      versions: node.versions.map(placed),
      conditions: node.conditions.map((condition) => ({
        ...placed(condition),
        message: hide(condition.message),
      })),
      findings: node.findings.map(found),
      withoutEffect: node.withoutEffect.map(found),
      timeline: node.timeline.map((moment) => ({ ...placed(moment), text: hide(moment.text) })),
    })),
  }
}

function* textsOf({ nodes, sources }: DoctorReport): Generator<string> {
  for (const { timeline, findings, withoutEffect, conditions, versions } of nodes) {
    for (const { source, text } of timeline) yield* [source, text]
    for (const { evidence, contradicting } of [...findings, ...withoutEffect]) {
      for (const { source, text } of [...evidence, ...contradicting]) yield* [source, text]
    }
    for (const { source, message } of conditions) yield* [source, message]
    for (const { source } of versions) yield source
  }
  for (const { source, what } of sources.flatMap(({ problems }) => problems)) yield* [source, what]
}

const NAME = String.raw`[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?`

/** Where kubelet, the runtimes and CNI write names. */
const NAMES: readonly (readonly [pattern: RegExp, kinds: readonly Kind[]])[] = [
  [new RegExp(`\\bpods?\\\\*["']?[=:]\\s?\\\\*["'[]*(${NAME})/(${NAME})`, 'gi'), ['ns', 'pod']],
  [new RegExp(`\\bPod (${NAME})/(${NAME})`, 'g'), ['ns', 'pod']],
  [new RegExp(`\\bpods?/logs?/(${NAME})/(${NAME})/`, 'g'), ['ns', 'pod']],
  [new RegExp(`K8S_POD_NAMESPACE[=:](${NAME})`, 'g'), ['ns']],
  [new RegExp(`K8S_POD_NAME[=:](${NAME})`, 'g'), ['pod']],
  // PodSandboxMetadata of CRI, as its own text form; ids of sandboxes: name_namespace_uid_attempt.
  [new RegExp(`\\bName:(${NAME}),Uid:[^,]{0,64},Namespace:(${NAME})`, 'g'), ['pod', 'ns']],
  [new RegExp(`\\b(${NAME})_(${NAME})_[0-9a-f-]{36}_\\d+`, 'g'), ['pod', 'ns']],
  [new RegExp(`\\bnode(?:Name)?\\\\*["']?[=:]\\s?\\\\*["']?(${NAME})`, 'g'), ['node']],
  [new RegExp(`\\bNode (${NAME}) (?:status|event)`, 'g'), ['node']],
]

type Kind = 'node' | 'pod' | 'ns' | 'ip' | 'mac' | 'uid' | 'host' | 'user'

/** Takes down the names that a text gives away by where they stand. */
function learn(text: string, names: StandIns): void {
  for (const [pattern, kinds] of NAMES) {
    for (const match of text.matchAll(pattern)) {
      for (const [index, kind] of kinds.entries()) names.of(kind, match[index + 1] ?? '')
    }
  }
}

/** What is known by its form, wherever it stands. */
const FORMS: readonly (readonly [RegExp, (found: string) => Kind | undefined])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, () => 'uid'],
  [/\b[0-9a-f]{64}\b/gi, () => 'uid'],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, () => 'mac'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, () => 'ip'],
  // A time is no address: it has no more than two colons, and none of them side by side.
  [
    // 39 characters are the longest address in IPv6 (RFC 4291, 2.2).
    /(?<![\w:.])[0-9a-f:]{2,39}(?![\w:])/gi,
    (found) => (isIPv6(found) ? 'ip' : undefined),
  ],
  [/\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b/g, () => 'user'],
  [
    /\b(?:[a-z0-9-]{1,63}\.){1,8}(?:internal|local|lan|corp|home|intra|com|net|org|io|cloud|dev|cn|de|eu|uk)\b/gi,
    (found) => (PUBLIC_HOSTS.test(found) ? undefined : 'host'),
  ],
  [/(?<=\/(?:home|Users)\/)[^/\s"']{1,64}/g, () => 'user'],
]

/** Of everybody's software, which tells nothing of whose cluster it is. */
const PUBLIC_HOSTS =
  /(?:^|\.)(?:k8s|kubernetes|containerd|docker|cilium|quay|ghcr|gcr|github|cncf|projectcalico|antrea|istio|sigs|golang|google|googleapis)\.(?:io|com|org)$/i

/** What a name can be that is looked for in running text: a run of such characters, or its first labels. */
const RUN = /(?<![\w.-])[\w.-]+/g

/** The names that were met, each with the name that stands for it. */
class StandIns {
  readonly #byName = new Map<string, string>()
  readonly #counts = new Map<Kind, number>()
  /** Names that are no run of {@link RUN}, e.g. one with a colon. There are few of them, if any. */
  readonly #odd = new Set<string>()

  of(kind: Kind, name: string): string {
    const known = this.#byName.get(name)
    if (known !== undefined || name === '') return known ?? ''
    const count = (this.#counts.get(kind) ?? 0) + 1
    const standIn = `${kind}-${count}`
    this.#counts.set(kind, count)
    this.#byName.set(name, standIn)
    if (kind === 'node' && !/^[\w.-]+$/.test(name)) this.#odd.add(name)
    return standIn
  }

  hideIn(text: string): string {
    let hidden = text
    for (const [form, kindOf] of FORMS) {
      hidden = hidden.replace(form, (found) => {
        const kind = kindOf(found)
        return kind === undefined ? found : this.of(kind, found)
      })
    }
    for (const name of this.#odd) hidden = hidden.replaceAll(name, this.of('node', name))
    return hidden.replace(RUN, (run) => this.#inRun(run))
  }

  /** `n1.example.com` may be known as such, or by its first label only; the longest name counts. */
  #inRun(run: string): string {
    for (let end = run.length; end > 0; end = run.lastIndexOf('.', end - 1)) {
      const standIn = this.#byName.get(run.slice(0, end))
      if (standIn !== undefined) return standIn + run.slice(end)
    }
    return run
  }
}
