import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import type { Clock } from '../ports.ts'
import type { Report, TrialReport, Verdict } from './report/report.ts'
import { timelineOf } from './report/timeline.ts'
import type { RuntimeInstall } from './runtimes/install.ts'
import type { LoadedScenario } from './scenario-files.ts'
import type { TraceEvent } from './trace.ts'
import { TraceFile } from './trace-file.ts'
import { runTrial } from './trial.ts'
import { readVerdict } from './verdict.ts'

/** What a run of the lab is made of. */
export interface LabRunOptions {
  readonly installs: readonly RuntimeInstall[]
  readonly scenarios: readonly LoadedScenario[]
  /** Trials of each scenario on each runtime. */
  readonly trials: number
  /** Trials at once. */
  readonly jobs: number
  /** Made by {@link makeReportDir}; traces and logs go there as the trials run. */
  readonly reportDir: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
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
 * Runs every scenario on every runtime, `jobs` trials at once, and reports those that came to an end.
 * Aborting the signal ends the trials that run and leaves out the rest.
 */
export async function runLab(options: LabRunOptions): Promise<Report> {
  const startedAt = new Date().toISOString()
  const startMs = options.clock.now()
  const plan = planOf(options)
  const reports: (TrialReport | undefined)[] = plan.map(() => undefined)
  let next = 0
  const work = async () => {
    for (let index = next++; index < plan.length; index = next++) {
      const planned = plan[index]
      if (planned === undefined || options.signal.aborted) return
      reports[index] = await runPlanned(planned, options)
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  return {
    kind: 'fairlead.lab.report',
    version: 1,
    startedAt,
    durationMs: Math.round(options.clock.now() - startMs),
    runtimes: options.installs.map(({ name, version }) => ({ name, version: version.text })),
    scenarios: options.scenarios.map(({ scenario: { name, title, why, failureModes } }) => ({
      name,
      title,
      why,
      failureModes,
    })),
    trials: reports.filter((report) => report !== undefined),
  }
}

interface Planned extends TrialName {
  readonly install: RuntimeInstall
  readonly loaded: LoadedScenario
}

// All runtimes of one scenario follow each other, so that a comparison is made under one load.
function planOf({ installs, scenarios, trials }: LabRunOptions): Planned[] {
  const slugs = uniqueSlugs(installs.map(({ name }) => name))
  const numbers = Array.from({ length: trials }, (_, index) => index + 1)
  return numbers.flatMap((trial) =>
    scenarios.flatMap((loaded) =>
      installs.map((install, index) => {
        const scenario = loaded.scenario.name
        const id = `${slugs[index]}.${scenario}.${trial}`
        return { id, runtime: install.name, scenario, trial, install, loaded }
      }),
    ),
  )
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

async function runPlanned(
  planned: Planned,
  { reportDir, clock, signal, onProgress }: LabRunOptions,
): Promise<TrialReport | undefined> {
  const { id, runtime, scenario, trial, install, loaded } = planned
  const name: TrialName = { id, runtime, scenario, trial }
  const files = { trace: `${TRACES}/${id}.jsonl`, runtimeLog: `${LOGS}/${id}.log` }
  onProgress({ kind: 'begin', name })
  using file = new TraceFile(path.join(reportDir, files.trace))
  await runTrial({
    loaded,
    install,
    trial,
    sink: {
      write: (event) => {
        file.write(event)
        onProgress({ kind: 'event', name, event })
      },
    },
    logFile: path.join(reportDir, files.runtimeLog),
    clock,
    signal,
  })
  if (signal.aborted) return undefined
  const verdict = readVerdict(file.events)
  onProgress({ kind: 'end', name, verdict })
  return { ...name, verdict, files, timeline: timelineOf(file.events) }
}
