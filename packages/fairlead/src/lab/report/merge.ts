import { FairleadError } from '../../errors.ts'
import { cellsOf } from './cells.ts'
import type { ReadReport } from './read.ts'
import type {
  Machine,
  Plan,
  Report,
  RuntimeRow,
  ScenarioSummary,
  SkippedCell,
  TrialReport,
} from './report.ts'

/** A merged report, and where the evidence of each of its trials comes from. */
export interface Merged {
  readonly report: Report
  readonly sources: readonly Source[]
}

/** A trial as it is in the merged report, and as it was in its own. */
export interface Source {
  readonly trial: TrialReport
  readonly from: TrialReport
  readonly dir: string
}

/**
 * One report of several of the same plan: shards of one run, and runs on several kinds of machine. A
 * runtime that ran on machines of several distributions or kernels, or in several versions, gets a row for
 * each.
 *
 * @throws {FairleadError} FL_REPORTS_DIFFER when plans or scenarios differ, or two hold one trial.
 */
export function mergeReports(inputs: readonly [ReadReport, ...ReadReport[]]): Merged {
  const [first] = inputs
  for (const input of inputs) checkPlan(first, input)
  const scenarios = mergeScenarios(inputs)
  const rows = qualifiedRows(inputs)
  const startedMs = Math.min(...inputs.map(({ report }) => Date.parse(report.startedAt)))
  const sources = inputs.flatMap((input) => trialsOf(input, rows, startedMs))
  checkDoubles(sources)
  const trials = sources.map(({ trial }) => trial).toSorted((a, b) => a.startMs - b.startMs)
  const runtimes = [...new Map([...rows.values()].map((row) => [row.name, row])).values()]
  const skipped = mergeSkipped(inputs, rows)
  const { shard: _, ...plan } = first.report.plan
  const report: Report = {
    kind: first.report.kind,
    version: first.report.version,
    startedAt: new Date(startedMs).toISOString(),
    durationMs: Math.max(
      ...inputs.map(({ report }) => Date.parse(report.startedAt) - startedMs + report.durationMs),
    ),
    plan,
    runtimes,
    scenarios,
    cells: cellsOf({ runtimes, scenarios, trials }, plan.confidence),
    trials,
    ...(skipped.length === 0 ? {} : { skipped }),
  }
  return { report, sources }
}

function checkPlan(first: ReadReport, other: ReadReport): void {
  const [left, right] = [first, other].map(({ report }) => planText(report.plan))
  if (left === right) return
  throw new FairleadError(
    'FL_REPORTS_DIFFER',
    `${first.name} and ${other.name} are not of one plan: ${left}; ${right}.`,
    {
      hint: 'Run every shard with the same --seed, --trials, --until-sure, --confidence, --upgrade-to and --kubelet.',
    },
  )
}

function planText({
  seed,
  trials,
  untilSure,
  confidence,
  upgradeTo,
  kubelet,
  shard,
}: Plan): string {
  const upTo = untilSure ? 'up to ' : ''
  const parts = shard === undefined ? '' : `, ${shard.count} shards`
  const upgrade = upgradeTo === undefined ? '' : `, upgrade to ${upgradeTo}`
  const beside = kubelet === undefined ? '' : `, kubelet ${kubelet}`
  return `seed ${seed}, ${upTo}${trials} trials, ${confidence} %${upgrade}${beside}${parts}`
}

function mergeScenarios(inputs: readonly ReadReport[]): ScenarioSummary[] {
  const byName = new Map<string, { scenario: ScenarioSummary; input: ReadReport }>()
  for (const input of inputs) {
    for (const scenario of input.report.scenarios) {
      const known = byName.get(scenario.name) ?? { scenario, input }
      byName.set(scenario.name, known)
      if (known.scenario.digest === scenario.digest) continue
      throw new FairleadError(
        'FL_REPORTS_DIFFER',
        `The scenario ${scenario.name} of ${input.name} is not that of ${known.input.name}.`,
        { hint: 'Run both with the same version of Fairlead and of the scenario file.' },
      )
    }
  }
  return [...byName.values()].map(({ scenario }) => scenario)
}

/** Each row of each report, as it is called in the merged one. */
function qualifiedRows(inputs: readonly ReadReport[]): ReadonlyMap<RuntimeRow, RuntimeRow> {
  const rows = inputs.flatMap(({ report }) => report.runtimes)
  return new Map(
    rows.map((row) => {
      const namesakes = rows.filter(({ name }) => name === row.name)
      const versions = new Set(namesakes.map(({ version }) => version))
      const machines = new Set(namesakes.map(({ machine }) => machineText(machine)))
      const qualifiers = [
        ...(versions.size > 1 ? [row.version] : []),
        ...(machines.size > 1 ? [machineText(row.machine)] : []),
      ]
      const name = [row.name, ...qualifiers].join(' on ')
      return [row, qualifiers.length === 0 ? row : { ...row, name }]
    }),
  )
}

/** A cell that several reports have left out is left out once, and not at all where one has run it. */
function mergeSkipped(
  inputs: readonly ReadReport[],
  rows: ReadonlyMap<RuntimeRow, RuntimeRow>,
): SkippedCell[] {
  const cells = inputs.flatMap(({ report }) =>
    (report.skipped ?? []).map((cell) => {
      const row = report.runtimes.find(({ name }) => name === cell.runtime)
      const runtime = (row === undefined ? undefined : rows.get(row))?.name ?? cell.runtime
      return { ...cell, runtime }
    }),
  )
  const keyOf = (cell: { runtime: string; scenario: string }) => `${cell.runtime} ${cell.scenario}`
  const skipped = new Map(cells.map((cell) => [keyOf(cell), cell]))
  for (const { report } of inputs) {
    for (const trial of report.trials) {
      const row = report.runtimes.find(({ name }) => name === trial.runtime)
      const runtime = (row === undefined ? undefined : rows.get(row))?.name ?? trial.runtime
      skipped.delete(keyOf({ runtime, scenario: trial.scenario }))
    }
  }
  return [...skipped.values()]
}

function machineText({ os, kernel, arch }: Machine): string {
  return `${os}, Linux ${kernel}, ${arch}`
}

function trialsOf(
  { report, dir }: ReadReport,
  rows: ReadonlyMap<RuntimeRow, RuntimeRow>,
  startedMs: number,
): Source[] {
  const laterMs = Date.parse(report.startedAt) - startedMs
  return report.trials.map((from) => {
    const row = report.runtimes.find(({ name }) => name === from.runtime)
    const runtime = (row === undefined ? undefined : rows.get(row))?.name ?? from.runtime
    const id = runtime === from.runtime ? from.id : qualifiedId(from, runtime)
    const files = {
      trace: `traces/${id}.jsonl`,
      runtimeLog: `logs/${id}.log`,
      timeline: `traces/${id}.js`,
    }
    return { trial: { ...from, id, runtime, files, startMs: from.startMs + laterMs }, from, dir }
  })
}

function qualifiedId({ id, runtime }: TrialReport, qualified: string): string {
  const qualifier = qualified.slice(runtime.length + ' on '.length)
  return `${qualifier.replaceAll(/[^A-Za-z0-9.]+/g, '-')}.${id}`
}

function checkDoubles(sources: readonly Source[]): void {
  const seen = new Map<string, Source>()
  for (const source of sources) {
    const { id } = source.trial
    const other = seen.get(id)
    if (other !== undefined) {
      throw new FairleadError(
        'FL_REPORTS_DIFFER',
        `Both ${other.dir} and ${source.dir} hold the trial ${id}.`,
        { hint: 'Give each report once; shards of one run have no trial in common.' },
      )
    }
    seen.set(id, source)
  }
}
