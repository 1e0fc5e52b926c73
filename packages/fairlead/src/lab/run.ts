import { createHash } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import type { Clock } from '../ports.ts'
import { thisMachine } from './machine.ts'
import { type CellName, cellsOfShard } from './order.ts'
import { againCommand } from './report/again.ts'
import type { KubeletInstall } from './kubelet/kubelet-install.ts'
import { cellsOf } from './report/cells.ts'
import {
  type Plan,
  type Report,
  REPORT_VERSION,
  type ScenarioSummary,
  type SkippedCell,
  type TrialReport,
  type Verdict,
} from './report/report.ts'
import { timelineOf } from './report/timeline.ts'
import { writeTimeline } from './report/write.ts'
import { isGuarded, type RuntimeInstall } from './runtimes/install.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { Schedule, type Scheduled } from './schedule.ts'
import type { TraceEvent } from './trace.ts'
import { skipReason } from './skip.ts'
import { TraceFile } from './trace-file.ts'
import { runTrial } from './trial.ts'
import { rowName, upgradesRuntime } from './upgrade.ts'
import { readVerdict } from './verdict.ts'

/** What a run of the lab is made of. */
export interface LabRunOptions {
  readonly installs: readonly RuntimeInstall[]
  /** A real kubelet for every trial, if any. */
  readonly kubelet?: KubeletInstall | undefined
  readonly scenarios: readonly LoadedScenario[]
  readonly plan: Plan
  /** Trials at once. */
  readonly jobs: number
  /** Made by {@link makeReportDir}; traces and logs go there as the trials run. */
  readonly reportDir: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  /** Told what could not be taken back on a runtime that was there already. */
  readonly onLeftBehind: (problem: string) => void
}

/** One trial of a run, named. */
export interface TrialName {
  readonly id: string
  readonly runtime: string
  readonly scenario: string
  readonly trial: number
}

/** What happens in a run, as it happens. */
export type Progress =
  | { readonly kind: 'begin'; readonly name: TrialName }
  | { readonly kind: 'event'; readonly name: TrialName; readonly event: TraceEvent }
  | { readonly kind: 'end'; readonly name: TrialName; readonly verdict: Verdict }

const TRACES = 'traces'
const LOGS = 'logs'

/**
 * Makes the report's folder and those in it.
 *
 * @throws {FairleadError} FL_REPORT_DIR when it cannot be written.
 */
export async function makeReportDir(dir: string): Promise<void> {
  try {
    for (const folder of [TRACES, LOGS]) {
      await makeDir(path.join(dir, folder))
      await access(path.join(dir, folder), constants.W_OK)
    }
  } catch (error) {
    throw new FairleadError(
      'FL_REPORT_DIR',
      `The report cannot be written to ${dir}: ${messageOf(error)}.`,
      { hint: 'Name another folder by --report.', cause: error },
    )
  }
}

/**
 * Runs the plan, `jobs` trials at once, and reports the trials that came to an end. Aborting the
 * signal ends the trials that run and leaves out the rest.
 */
export async function runLab(options: LabRunOptions): Promise<Report> {
  const startedAt = new Date().toISOString()
  const startMs = options.clock.now()
  const atMs = () => Math.round(options.clock.now() - startMs)
  const machine = await thisMachine()
  const trials = await runSchedule(options, atMs)
  const { plan, installs } = options
  const runtimes = installs.map((install) => ({
    name: rowName(install),
    version: install.version.text,
    machine,
  }))
  const scenarios = options.scenarios.map(summaryOf)
  const skipped = skippedCells(options)
  return {
    kind: 'fairlead.lab.report',
    version: REPORT_VERSION,
    startedAt,
    durationMs: atMs(),
    plan,
    runtimes,
    scenarios,
    cells: cellsOf({ runtimes, scenarios, trials }, plan.confidence),
    trials,
    ...(skipped.length === 0 ? {} : { skipped }),
  }
}

/** The cells of a run, or of its shard, that are run. */
export function plannedCells(options: WhatToRun): Planned[] {
  return allCells(options).filter(
    ({ install, loaded }) => skipReason(install, loaded) === undefined,
  )
}

/** The cells of a run, or of its shard, that are not run. */
function skippedCells(options: WhatToRun): SkippedCell[] {
  return allCells(options).flatMap(({ runtime, scenario, install, loaded }) => {
    const reason = skipReason(install, loaded)
    return reason === undefined ? [] : [{ runtime, scenario, reason }]
  })
}

type WhatToRun = Pick<LabRunOptions, 'installs' | 'scenarios' | 'plan'>

function allCells({ installs, scenarios, plan }: WhatToRun): Planned[] {
  const slugs = uniqueSlugs(installs.map(rowName))
  const cells = scenarios.flatMap((loaded) =>
    installs.map((install, index) => ({
      runtime: rowName(install),
      scenario: loaded.scenario.name,
      slug: `${slugs[index] ?? ''}.${loaded.scenario.name}`,
      install,
      loaded,
    })),
  )
  return cellsOfShard(cells, plan.shard)
}

interface Planned extends CellName {
  /** The part of the trials' ids that says which cell. */
  readonly slug: string
  readonly install: RuntimeInstall
  readonly loaded: LoadedScenario
}

async function runSchedule(options: LabRunOptions, atMs: () => number): Promise<TrialReport[]> {
  const schedule = new Schedule(plannedCells(options), options.plan)
  const reports = new Map<string, TrialReport>()
  const running = new Set<Promise<void>>()
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const runNext = async (scheduled: Scheduled<Planned>) => {
    const report = await runScheduled(scheduled, { ...options, signal }, atMs)
    if (report === undefined) return
    reports.set(report.id, report)
    schedule.ended(scheduled, report.verdict.word)
  }
  for (;;) {
    while (running.size < options.jobs && !signal.aborted) {
      const scheduled = schedule.next()
      if (scheduled === undefined) break
      const trial = runNext(scheduled)
      running.add(trial)
      void trial
        .finally(() => running.delete(trial))
        .catch(() => {
          // Awaited below.
        })
    }
    if (running.size === 0) break
    try {
      await Promise.race(running)
    } catch (error) {
      // The others end first, each with all that it has made.
      failed.abort()
      await Promise.allSettled(running)
      throw error
    }
  }
  return [...reports.values()].toSorted((left, right) => left.startMs - right.startMs)
}

function summaryOf({ scenario, stack }: LoadedScenario): ScenarioSummary {
  const { name, title, why, failureModes } = scenario
  const digest = createHash('sha256').update(JSON.stringify({ scenario, stack })).digest('hex')
  return { name, digest, stack: stack.name, title, why, failureModes }
}

/** The names as parts of file names, told apart by a number where they would be the same. */
function uniqueSlugs(names: readonly string[]): string[] {
  const slugs: string[] = []
  for (const name of names) {
    const slug = name.replaceAll(/[^A-Za-z0-9.]+/g, '-')
    slugs.push(slugs.includes(slug) ? `${slug}-${slugs.length + 1}` : slug)
  }
  return slugs
}

async function runScheduled(
  { cell, trial, repeats }: Scheduled<Planned>,
  { reportDir, plan, kubelet, clock, signal, onProgress, onLeftBehind }: LabRunOptions,
  atMs: () => number,
): Promise<TrialReport | undefined> {
  const { runtime, scenario, install, loaded } = cell
  const id = `${cell.slug}.${trial}`
  const name: TrialName = { id, runtime, scenario, trial }
  const files = {
    trace: `${TRACES}/${id}.jsonl`,
    runtimeLog: `${LOGS}/${id}.log`,
    timeline: `${TRACES}/${id}.js`,
  }
  const startMs = atMs()
  onProgress({ kind: 'begin', name })
  using file = new TraceFile(path.join(reportDir, files.trace))
  await runTrial({
    loaded,
    install,
    kubelet,
    trial,
    sink: {
      write: (event) => {
        file.write(event)
        onProgress({ kind: 'event', name, event })
      },
    },
    logFile: path.join(reportDir, files.runtimeLog),
    clock,
    onLeftBehind,
    signal,
  })
  if (signal.aborted) return undefined
  const verdict = readVerdict(file.events)
  await writeTimeline(path.join(reportDir, files.timeline), id, timelineOf(file.events))
  onProgress({ kind: 'end', name, verdict })
  const again = againCommand({
    runtime: install.name,
    scenario: loaded.ref,
    // Elsewhere the flag would be refused.
    upgradeTo: upgradesRuntime(loaded) ? plan.upgradeTo : undefined,
    folders: install.kind === 'socket' ? install.folders : undefined,
    kubelet: kubelet?.kubelet,
    guarded: isGuarded(install),
    seed: plan.seed,
  })
  return {
    ...name,
    startMs,
    durationMs: atMs() - startMs,
    repeats,
    verdict,
    files,
    again,
  }
}
