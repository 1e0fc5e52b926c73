import type { Advisory, Component, Range } from '../advisories/advisory.ts'
import { exposureOf, type Inventory } from '../advisories/exposure.ts'
import { isInRange, parseVersion } from '../advisories/version.ts'
import type { Fact } from './fact.ts'
import { isHeardOf } from './landmarks.ts'
import { unescaped } from './pattern-index.ts'
import { healthOf, isWithoutEffect } from './health.ts'
import type { Evidence, ExposureOrUnknown, Finding } from './finding.ts'
import { isExcluded, judge } from './score.ts'

/** What the facts of one node speak for, the likeliest first. */
export interface Findings {
  /** What is wrong with the node. */
  readonly causes: readonly Finding[]
  /** What is there, while the node is Ready and nothing that it leads to was seen. */
  readonly withoutEffect: readonly Finding[]
}

/** Candidates that are told of where nothing says enough to name a cause. */
const CANDIDATES_AT_MOST = 5

/**
 * What the facts of one node speak for. All knowledge is in the advisories: which texts and probes tell of
 * a cause, how much each says, which versions have it, and what comes of it. Where a node is not Ready and
 * no cause has enough for it, the ones that have most are possible.
 */
export function findingsOf(
  facts: readonly Fact[],
  inventory: Inventory,
  advisories: readonly Advisory[],
): Findings {
  const texts = facts.flatMap((fact) => {
    const said = textOf(fact)
    return said === undefined ? [] : [{ fact, ...said }]
  })
  const all = advisories
    .flatMap((advisory) => {
      const evidence = [...symptoms(advisory, texts), ...probes(advisory, facts)]
      return evidence.length === 0 ? [] : [judged(advisory, evidence, inventory)]
    })
    .toSorted(
      (left, right) =>
        right.score - left.score || severityOf(left.advisory) - severityOf(right.advisory),
    )
  const named = all.filter((judged): judged is Finding => judged.sure !== undefined)
  const health = healthOf(facts)
  if (health.shown.has('node-notready') && named.every(({ sure }) => sure === 'possible')) {
    return { causes: candidates(all), withoutEffect: [] }
  }
  const hasEffect = ({ advisory, evidence }: Finding) =>
    !isWithoutEffect(
      advisory,
      evidence.map(({ fact }) => fact),
      health,
    )
  return {
    causes: weighed(named.filter(hasEffect)),
    withoutEffect: weighed(named.filter((finding) => !hasEffect(finding))),
  }
}

function candidates(all: readonly Judged[]): readonly Finding[] {
  return all
    .filter(({ score, exposure }) => score > 0 && !isExcluded(exposure))
    .slice(0, CANDIDATES_AT_MOST)
    .map((judged) => ({ ...judged, sure: 'possible' }))
}

function weighed(found: readonly Finding[]): readonly Finding[] {
  // What is certain explains what many causes write.
  const isCertain = found.some(({ sure }) => sure === 'certain')
  return (isCertain ? found.filter(({ sure }) => sure !== 'possible') : found).map(unlessExplained)
}

/** A cause is at most possible where all that speaks for it speaks more for another one. */
function unlessExplained(finding: Finding, index: number, all: readonly Finding[]): Finding {
  const isExplained = all.slice(0, index).some((better) => {
    const facts = new Set(better.evidence.map(({ fact }) => fact))
    return better.score > finding.score && finding.evidence.every(({ fact }) => facts.has(fact))
  })
  return finding.sure === 'likely' && isExplained ? { ...finding, sure: 'possible' } : finding
}

/** `sure` is undefined where the facts say too little to name the cause. */
type Judged = Omit<Finding, 'sure'> & { readonly sure: Finding['sure'] | undefined }

function judged(advisory: Advisory, all: readonly Evidence[], inventory: Inventory): Judged {
  const evidence = all
    .filter(({ weight }) => weight !== 'contradicts')
    .toSorted((left, right) => WEIGHTS.indexOf(left.weight) - WEIGHTS.indexOf(right.weight))
  const contradicting = all.filter(({ weight }) => weight === 'contradicts')
  const exposure = exposed(advisory, inventory)
  const { sure, score, reasons } = judge({
    evidence,
    contradicting,
    exposure,
    isBounded: isBounded(advisory, exposure),
  })
  return { advisory, sure, score, reasons, evidence, contradicting, exposure }
}

const SEVERITIES = ['critical', 'high', 'medium', 'low']

function severityOf({ severity }: Advisory): number {
  return SEVERITIES.indexOf(severity)
}

const WEIGHTS = ['decisive', 'strong', 'weak', 'contradicts']

interface Said {
  readonly fact: Fact
  readonly from: Advisory['symptoms'][number]['source']
  readonly text: string
}

function textOf(fact: Fact): Omit<Said, 'fact'> | undefined {
  if (fact.kind === 'line') return { from: fact.from, text: unescaped(fact.text) }
  if (fact.kind !== 'condition') return undefined
  return { from: 'node-condition', text: `${fact.reason}: ${unescaped(fact.message)}` }
}

/** One piece of evidence for each text, however many facts have it and however many sources it is known from. */
function symptoms(advisory: Advisory, said: readonly Said[]): Evidence[] {
  const found = new Map<string, Evidence>()
  for (const { source, text, specificity } of advisory.symptoms) {
    const facts = said.filter((each) => isHeardOf(source, each.from) && each.text.includes(text))
    // A line with a time tells more than one without.
    const first = facts.find(({ fact }) => fact.atMs !== undefined) ?? facts[0]
    const before = found.get(text)
    if (first === undefined || (before !== undefined && !weighsMore(specificity, before))) continue
    found.set(text, {
      fact: first.fact,
      known: { symptom: text },
      weight: specificity,
      alike: facts.reduce((sum, { fact }) => sum + 1 + moreOf(fact), -1),
      seenBy: [...new Set(facts.map(({ from }) => from))],
    })
  }
  return [...found.values()]
}

function weighsMore(weight: Evidence['weight'], than: Evidence): boolean {
  return WEIGHTS.indexOf(weight) < WEIGHTS.indexOf(than.weight)
}

function moreOf(fact: Fact): number {
  return fact.kind === 'line' ? (fact.more ?? 0) : 0
}

const SAYS = {
  decisive: 'decisive',
  supports: 'strong',
  hints: 'weak',
  contradicts: 'contradicts',
} as const

function probes(advisory: Advisory, facts: readonly Fact[]): Evidence[] {
  return advisory.probes.flatMap(({ probe, says }) => {
    const found = facts.filter((fact) => fact.kind === 'probe' && fact.probe === probe)
    const first = found.find(({ atMs }) => atMs !== undefined) ?? found[0]
    if (first === undefined) return []
    const alike = found.length - 1
    return [{ fact: first, known: { probe }, weight: SAYS[says], alike, seenBy: [probe] }]
  })
}

const RUNTIMES: readonly Component[] = ['containerd', 'cri-o', 'fairlead']

function exposed(advisory: Advisory, inventory: Inventory): ExposureOrUnknown {
  const { affected } = advisory
  const isKnown = affected.some(({ component }) => inventory.has(component))
  if (isKnown) return exposureOf(advisory, inventory)
  // A node has one runtime: where containerd runs, CRI-O does not.
  const isOfOther =
    affected.some(({ component }) => RUNTIMES.includes(component)) &&
    RUNTIMES.some((runtime) => inventory.has(runtime))
  return { is: isOfOther ? 'not-affected' : 'unknown' }
}

/** Whether the advisory names the version that runs, and not merely all from one on. */
function isBounded(advisory: Advisory, exposure: ExposureOrUnknown): boolean {
  if (exposure.is !== 'affected') return false
  return exposure.by.some(({ component, version }) =>
    advisory.affected.some(
      (entry) =>
        entry.component === component &&
        (entry.versions.includes(version) || entry.ranges.some((range) => isNamed(range, version))),
    ),
  )
}

function isNamed(range: Range, version: string): boolean {
  const parsed = parseVersion(version)
  const isOpen = range.fixed === undefined && range.lastAffected === undefined
  return parsed !== undefined && !isOpen && isInRange(parsed, range)
}
