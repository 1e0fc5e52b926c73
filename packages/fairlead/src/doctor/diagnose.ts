import type { Advisory } from '../advisories/advisory.ts'
import { told, toldPatches } from '../advisories/told.ts'
import type { Language } from '../language.ts'
import { align } from './align.ts'
import type { Fact } from './fact.ts'
import type { Evidence, Finding } from './finding.ts'
import { findingsOf } from './findings.ts'
import { KeptFacts } from './keep.ts'
import { byNode, inventoryOf, type NodeFacts } from './nodes.ts'
import type { DoctorReport, EvidenceReport, FindingReport, Moment, NodeReport } from './report.ts'
import type { Source } from './sources/source.ts'
import type { NotSeen, Words } from './words.ts'
import { wordsOf } from './words-of.ts'

/** What the doctor is given. */
export interface Consultation {
  readonly sources: readonly Source[]
  readonly advisories: readonly Advisory[]
  readonly language: Language
  readonly signal: AbortSignal
}

/** Reads all sources and says what the facts speak for, node by node. */
export async function diagnose(consultation: Consultation): Promise<DoctorReport> {
  const { sources, advisories, language, signal } = consultation
  const words = wordsOf(language)
  const kept = new KeptFacts()
  const modifiedMs = new Map<string, number>()
  const seen = new Set<string>()
  for (const source of sources) {
    for await (const fact of source.facts(signal)) kept.add(fact)
    for (const [file, at] of source.coverage.modifiedMs) modifiedMs.set(file, at)
    for (const writer of source.coverage.seen) seen.add(writer)
  }
  const nodes = byNode(align(kept.facts, { modifiedMs }))
  const dropped = kept.dropped === 0 ? [] : [{ source: '', what: words.dropped(kept.dropped) }]
  return {
    kind: 'fairlead.doctor',
    version: 1,
    language,
    advisories: advisories.length,
    sources: sources.map(({ coverage: { name, layout, files, bytes, counts, problems } }) => ({
      name,
      layout,
      files,
      bytes,
      ...(counts.size > 0 && { counts: Object.fromEntries(counts) }),
      problems: [...problems, ...dropped],
    })),
    nodes: nodes.map((node) => nodeReport(node, consultation, words, seen)),
  }
}

function nodeReport(
  node: NodeFacts,
  { advisories, language }: Consultation,
  words: Words,
  seen: ReadonlySet<string>,
): NodeReport {
  const { causes, withoutEffect } = findingsOf(node.facts, inventoryOf(node), advisories)
  const told = (finding: Finding) => findingReport(finding, language, words)
  return {
    node: node.node ?? null,
    versions: [...node.versions.values()].map(({ component, version, ...fact }) => ({
      component,
      version,
      ...placeOf(fact),
    })),
    conditions: node.facts
      .filter((fact) => fact.kind === 'condition')
      .map(({ type, status, reason, message, ...fact }) => ({
        type,
        status,
        reason,
        message,
        ...placeOf(fact),
      })),
    findings: causes.map(told),
    withoutEffect: withoutEffect.map(told),
    timeline: timelineOf(node.facts, causes, words),
    notSeen: notSeen(node, words, seen),
  }
}

const HARMS = ['none', 'plugin', 'pod', 'runtime', 'node']

function findingReport(
  { advisory, sure, score, reasons, evidence, contradicting }: Finding,
  language: Language,
  words: Words,
): FindingReport {
  const { title, cause, confirm, remedies } = told(advisory, language)
  const patches = (whys: readonly string[]) => toldPatches(advisory, whys, language)
  return {
    advisory: advisory.id,
    title,
    severity: advisory.severity,
    sure,
    score,
    why: reasons.map((reason) => ({ points: reason.points, text: words.reason(reason, patches) })),
    cause,
    evidence: evidence.map((each) => evidenceReport(each, words)),
    contradicting: contradicting.map((each) => evidenceReport(each, words)),
    confirm: [...confirm],
    remedies: advisory.remedies
      .map(({ kind, text, commands, harm, automation }, index) => ({
        kind,
        text: remedies[index] ?? text,
        commands,
        harm,
        automation,
      }))
      .toSorted((left, right) => HARMS.indexOf(left.harm) - HARMS.indexOf(right.harm)),
    citations: advisory.citations.flatMap((citation) => ('url' in citation ? [citation.url] : [])),
  }
}

function evidenceReport({ fact, known, weight, alike }: Evidence, words: Words): EvidenceReport {
  return {
    ...placeOf(fact),
    weight,
    known: 'symptom' in known ? known.symptom : known.probe,
    from: fromOf(fact),
    text: textOf(fact, words),
    alike,
  }
}

const MOMENTS_AT_MOST = 500

/** What was seen, in the order of time; of too many moments, those that are evidence and the last ones. */
function timelineOf(facts: readonly Fact[], findings: readonly Finding[], words: Words): Moment[] {
  const speaksFor = new Map<Fact, string[]>()
  for (const { advisory, evidence, contradicting } of findings) {
    for (const { fact } of [...evidence, ...contradicting]) {
      speaksFor.set(fact, [...(speaksFor.get(fact) ?? []), advisory.id])
    }
  }
  const rest = facts.filter((fact) => !speaksFor.has(fact))
  const shown = new Set([...speaksFor.keys(), ...rest.slice(-MOMENTS_AT_MOST)])
  return facts.flatMap((fact) => {
    if (fact.kind === 'name' || !shown.has(fact)) return []
    return {
      ...placeOf(fact),
      kind: fact.kind,
      from: fromOf(fact),
      text: textOf(fact, words),
      ...(fact.kind === 'line' && fact.more !== undefined && fact.more > 0
        ? { more: fact.more }
        : {}),
      findings: speaksFor.get(fact) ?? [],
    }
  })
}

function placeOf({ place: { source, line }, atMs }: Pick<Fact, 'place' | 'atMs'>): {
  source: string
  line?: number
  at: string | null
} {
  return {
    source,
    ...(line === undefined ? {} : { line }),
    at: atMs === undefined ? null : new Date(atMs).toISOString(),
  }
}

function fromOf(fact: Fact): string {
  return fact.kind === 'line' ? fact.from : fact.kind
}

function textOf(fact: Fact, words: Words): string {
  switch (fact.kind) {
    case 'version':
      return `${fact.component} ${fact.version}`
    case 'condition':
      return `${fact.type}=${fact.status} ${fact.reason}: ${fact.message}`
    case 'name':
      return fact.name
    case 'line':
      return fact.text
    case 'probe':
      return words.seen(fact.probe, fact.text)
  }
}

/** What of the sources that tell most was not there. */
function notSeen(
  { facts, versions }: NodeFacts,
  words: Words,
  sources: ReadonlySet<string>,
): NodeReport['notSeen'] {
  const from = new Set([...facts.map(fromOf), ...sources])
  const probes = facts.flatMap((fact) => (fact.kind === 'probe' ? [fact.probe] : []))
  const seen: Readonly<Record<NotSeen, boolean>> = {
    'node-condition': facts.some((fact) => fact.kind === 'condition' && fact.type === 'Ready'),
    'kubelet-log': from.has('kubelet-log'),
    'runtime-log': from.has('containerd-log') || from.has('crio-log'),
    'runtime-version': versions.has('containerd') || versions.has('cri-o'),
    'goroutine-dump': probes.some((probe) => probe.startsWith('goroutines-')),
    event: from.has('event'),
    'conf-file': from.has('conf-file') || probes.some((probe) => probe.startsWith('conf-')),
  }
  return (Object.keys(seen) as NotSeen[])
    .filter((each) => !seen[each])
    .map((each) => words.notSeen[each])
}
