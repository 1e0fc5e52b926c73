import { setImmediate } from 'node:timers/promises'
import { FairleadError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { BootOptions } from './boot-options.ts'
import { FAULT_KINDS, type FaultKind } from './faults.ts'
import { exhaustiveExplorer, pctExplorer, randomExplorer } from './explorers.ts'
import { formatReplay, type ReplayOf } from './replay-string.ts'
import type { ExploreReport, Finding, ReplayReport, Search, SubjectReport } from './report.ts'
import { replay, type Schedule, scheduleOf } from './schedule.ts'
import { shrink } from './shrink.ts'
import type { Explorer } from './strategy.ts'
import { faultKindsOf, subjectNamed } from './subjects.ts'
import { type Case, runCase, tellCase } from './trial.ts'

/** What to explore, and how. */
export interface ExploreOptions {
  readonly subjects: readonly string[]
  readonly search: Search
  readonly boot: BootOptions
  /** The machine's, to tell how fast it went. */
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Between two looks at the signal. */
const RUNS_AT_ONCE = 256

/** Searches the schedules of each subject for faults. Throws the signal's reason when it is aborted. */
export async function explore(options: ExploreOptions): Promise<ExploreReport> {
  const { search, boot } = options
  const subjects: SubjectReport[] = []
  for (const subject of options.subjects) subjects.push(await exploreSubject(subject, options))
  return { kind: 'fairlead.explore', version: 1, search, boot, subjects }
}

/** Plays one run again. Fails with FL_REPLAY_INVALID if it has no place for a step of the schedule. */
export async function replayRun(run: ReplayOf): Promise<ReplayReport> {
  const tested = { begin: subjectNamed(run.subject), options: run.boot }
  const strategy = replay(run.schedule)
  const { faults, story } = await tellCase(tested, strategy)
  const text = formatReplay(run)
  const misfit = strategy.misfit()
  if (misfit !== undefined) {
    throw new FairleadError(
      'FL_REPLAY_INVALID',
      `"${text}" cannot be replayed: the run has no option ${misfit.option} at choice ${misfit.point}.`,
    )
  }
  const { subject } = run
  const found = [...faults.values()]
  const kind = 'fairlead.explore.replay'
  return { kind, version: 1, subject, replay: text, faults: found, story }
}

interface Seen {
  readonly foundAfter: number
  readonly schedule: Schedule
  seenIn: number
}

async function exploreSubject(
  subject: string,
  { search, boot, clock, signal }: ExploreOptions,
): Promise<SubjectReport> {
  const tested: Case = { begin: subjectNamed(subject), options: boot }
  const explorer = explorerOf(search)
  const seen = new Map<FaultKind, Seen>()
  const beganMs = clock.now()
  let schedules = 0
  let strategy = explorer.next()
  for (; strategy !== undefined && schedules < search.runs; strategy = explorer.next()) {
    const { choices, faults } = await runCase(tested, strategy)
    schedules += 1
    for (const kind of faults.keys()) {
      const before = seen.get(kind)
      if (before !== undefined) before.seenIn += 1
      else seen.set(kind, { foundAfter: schedules, schedule: scheduleOf(choices), seenIn: 1 })
    }
    if (schedules % RUNS_AT_ONCE === 0) {
      // The runs wait for nothing of the machine's: without this no signal would ever come through.
      await setImmediate()
      signal.throwIfAborted()
    }
  }
  const tookMs = Math.max(clock.now() - beganMs, 1)
  const findings: Finding[] = []
  for (const kind of FAULT_KINDS) {
    const first = seen.get(kind)
    if (first !== undefined) findings.push(await tell(subject, tested, kind, first))
  }
  return {
    subject,
    schedules,
    complete: search.strategy === 'exhaustive' && strategy === undefined,
    schedulesPerSecond: Math.round((schedules * 1000) / tookMs),
    searchedFor: faultKindsOf(subject),
    findings,
  }
}

/** The plainest run that shows a fault, told. */
async function tell(subject: string, tested: Case, kind: FaultKind, seen: Seen): Promise<Finding> {
  const schedule = await shrink(tested, seen.schedule, kind)
  const { faults, story } = await tellCase(tested, replay(schedule), kind)
  const fault = faults.get(kind)
  if (fault === undefined) throw new Error(`the shrunk schedule does not show the ${kind}`)
  return {
    ...fault,
    foundAfter: seen.foundAfter,
    seenIn: seen.seenIn,
    replay: formatReplay({ subject, boot: tested.options, schedule }),
    story,
  }
}

function explorerOf(search: Search): Explorer {
  switch (search.strategy) {
    case 'exhaustive':
      return exhaustiveExplorer(search.preemptions)
    case 'random':
      return randomExplorer(search.seed)
    case 'pct':
      return pctExplorer(search.seed, search.depth)
  }
}
