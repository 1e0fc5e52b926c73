import { KUBELET } from '../kubelet/ready-condition.ts'
import { latenessDuring } from './lateness.ts'
import type { Span, Verdict, VerdictWord } from './report/report.ts'
import type { Scenario } from './scenario.ts'
import { seconds } from './spans.ts'
import type { TraceEvent } from './trace.ts'

/** Something that did not hold. */
export interface Finding {
  readonly word: VerdictWord
  readonly reason: string
  /** When it began to show. */
  readonly atMs?: number
  /** For what was found by the clock; what the runtime itself said or did needs none. */
  readonly timed?: Timed
  /** What came of the steps in the end: told by no clock, but it takes that they had their time. */
  readonly isOutcome?: true
}

/** Evidence that is a length of time. */
export interface Timed {
  /** How much longer it took than is allowed. */
  readonly excessMs: number
  readonly during: Span
  /**
   * What the lab's lateness adds to it: a gap between two answers, the worst one (`gap`); a chain of steps,
   * all of it (`chain`).
   */
  readonly made: 'gap' | 'chain'
}

/**
 * A trial whose clocks were late by more than this part of the shortest time that its scenario judges by
 * is not judged by the clock at all: with half of it gone, what the scenario meant to happen in that
 * time may not have happened.
 */
const TOO_SLOW = 0.5

/** The word for what was found, worst first, as far as the lab's own clocks allow one. */
export function judge(
  found: readonly Finding[],
  trace: readonly TraceEvent[],
  expect: Scenario['expect'],
): Pick<Verdict, 'word' | 'reasons' | 'failedAtMs' | 'latenessMs'> {
  const all = { startMs: 0, endMs: trace.at(-1)?.atMs ?? 0 }
  const latenessMs = latenessDuring(trace, all).maxMs
  const slow = tooSlow(latenessMs, expect)
  const doubts = new Map(found.map((finding) => [finding, doubtOf(finding, trace, slow)]))
  const firm = found.filter((finding) => doubts.get(finding) === undefined)
  const doubted = found
    .filter((finding) => doubts.get(finding) !== undefined)
    .map((finding) => `${finding.reason} But ${doubts.get(finding) ?? ''}`)
  const [first] = firm
  if (first === undefined) {
    const reasons = doubted.length > 0 || slow === undefined ? doubted : [sentence(slow)]
    return { word: reasons.length > 0 ? 'inconclusive' : 'pass', reasons, latenessMs }
  }
  return {
    word: first.word,
    reasons: [...firm.map(({ reason }) => reason), ...doubted],
    latenessMs,
    ...(first.atMs === undefined ? {} : { failedAtMs: first.atMs }),
  }
}

/** Why a finding may be the machine's doing rather than the runtime's; undefined if it cannot be. */
function doubtOf(
  { isOutcome, timed }: Finding,
  trace: readonly TraceEvent[],
  slow: string | undefined,
): string | undefined {
  if (isOutcome === true) return slow
  if (timed === undefined) return undefined
  const { maxMs, sumMs } = latenessDuring(trace, timed.during)
  const lateMs = timed.made === 'gap' ? maxMs : sumMs
  if (timed.excessMs > lateMs) return undefined
  const late = timed.made === 'gap' ? `${seconds(lateMs)} at once` : `${seconds(lateMs)} in all`
  return `the lab's own clocks were late by ${late} meanwhile, which is as much as was too much.`
}

function tooSlow(latenessMs: number, expect: Scenario['expect']): string | undefined {
  const shortestMs = Math.min(
    expect.statusSilenceAtMost ?? KUBELET.maxWaitForContainerRuntimeMs,
    expect.readyWithin?.atMost ?? KUBELET.maxWaitForContainerRuntimeMs,
  )
  if (latenessMs <= TOO_SLOW * shortestMs) return undefined
  return (
    `the lab's own clocks were late by ${seconds(latenessMs)} at once, more than half of the ` +
    `${seconds(shortestMs)} that the scenario judges by: the machine was too slow to judge.`
  )
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
