import type { Evidence, ExposureOrUnknown, Reason, Sure } from './finding.ts'

/** What a cause is judged by. */
export interface Case {
  readonly evidence: readonly Evidence[]
  readonly contradicting: readonly Evidence[]
  readonly exposure: ExposureOrUnknown
  /** Whether the advisory names the version that runs. */
  readonly isBounded: boolean
}

/** Undefined where the facts say too little to name the cause. */
export interface Judgement {
  readonly sure: Sure | undefined
  readonly score: number
  readonly reasons: readonly Reason[]
}

// What a piece of evidence is worth. One that only this cause has outweighs all others together.
const POINTS = { decisive: 100, strong: 30, weak: 8, contradicts: -60 } as const
// The tenth line that many causes write says no more than the third.
const COUNTED = { decisive: 1, strong: 2, weak: 3, contradicts: 2 } as const
const SOURCE_POINTS = 10
const SOURCES_COUNTED = 2
const VERSION_POINTS = { named: 20, unknown: -5, depends: 5, excluded: -100 } as const
const LIKELY = 50
// One sign that few causes have, of a component whose version is not known.
const POSSIBLE = 25
/** Texts that many causes write need that much to name one. */
const POSSIBLE_IF_WEAK = 40

/** Scores a cause by rules that a person can follow; every point has its reason. */
export function judge(found: Case): Judgement {
  const reasons = [...evidenceReasons(found), ...sourceReasons(found), ...versionReasons(found)]
  const score = reasons.reduce((sum, { points }) => sum + points, 0)
  return { score, reasons, sure: sureness(found, score) }
}

/** Whether the versions that run cannot have it. */
export function isExcluded({ is }: ExposureOrUnknown): boolean {
  return is === 'not-affected' || is === 'patched'
}

function sureness({ evidence, contradicting, exposure }: Case, score: number): Sure | undefined {
  const has = (weight: Evidence['weight']) => evidence.some((each) => each.weight === weight)
  if (has('decisive')) {
    // What was seen is stronger than what a version says of itself; but then something is odd.
    return contradicting.length > 0 || isExcluded(exposure) ? 'likely' : 'certain'
  }
  if (isExcluded(exposure)) return undefined
  if (has('strong') && score >= LIKELY) return 'likely'
  return score >= (has('strong') ? POSSIBLE : POSSIBLE_IF_WEAK) ? 'possible' : undefined
}

function evidenceReasons({ evidence, contradicting }: Case): Reason[] {
  const all = [...evidence, ...contradicting]
  return (['decisive', 'strong', 'weak', 'contradicts'] as const).flatMap((is) => {
    // Two texts on the same line are one sign.
    const signs = all.filter(({ weight }) => weight === is).map(({ fact }) => fact)
    const count = new Set(signs).size
    if (count === 0) return []
    return [{ points: POINTS[is] * Math.min(count, COUNTED[is]), why: { is, count } }]
  })
}

/** A thing that several observers saw is surer than one that the same observer said often. */
function sourceReasons({ evidence }: Case): Reason[] {
  const observers = new Set(evidence.flatMap(({ seenBy }) => seenBy))
  const further = Math.min(observers.size - 1, SOURCES_COUNTED)
  if (further < 1) return []
  return [{ points: SOURCE_POINTS * further, why: { is: 'sources', count: observers.size } }]
}

function versionReasons({ exposure, isBounded }: Case): Reason[] {
  const why = { is: 'version', exposure, bounded: isBounded } as const
  switch (exposure.is) {
    case 'affected':
      // That every version has it rules nothing out, and says nothing for it.
      return [{ points: isBounded ? VERSION_POINTS.named : 0, why }]
    case 'depends':
      return [{ points: VERSION_POINTS.depends, why }]
    case 'unknown':
      return [{ points: VERSION_POINTS.unknown, why }]
    case 'patched':
    case 'not-affected':
      return [{ points: VERSION_POINTS.excluded, why }]
  }
}
