import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { isPlainFile, isThere } from '../files.ts'
import { readReport } from '../lab/report/read.ts'
import type { Report, Timeline, TrialReport, VerdictWord } from '../lab/report/report.ts'
import { timelineOf } from '../lab/report/timeline.ts'
import { REPORT_FILES } from '../lab/report/write.ts'
import { readTraceFile } from '../lab/trace-file.ts'

/** So many folders are looked at; the rest is left out. */
const RUNS_MAX = 200

/** A lab run as the list of them shows it. */
export interface RunSummary {
  /** Names it in addresses. */
  readonly id: string
  /** The folder of its report. */
  readonly dir: string
  readonly content:
    | {
        readonly ok: true
        readonly startedAt: string
        readonly durationMs: number
        readonly runtimes: readonly string[]
        readonly scenarios: number
        readonly verdicts: readonly VerdictWord[]
      }
    /** Why it cannot be shown. */
    | { readonly ok: false; readonly problem: string }
}

interface Known {
  readonly changedMs: number
  readonly report: Report | FairleadError
}

/** The lab runs whose reports lie in some folders, or in folders of those. Nothing of a report is trusted. */
export class Runs {
  readonly #folders: readonly string[]
  /** By folder; reports are long, and seldom change. */
  readonly #known = new Map<string, Known>()

  constructor(folders: readonly string[]) {
    this.#folders = folders.map((folder) => path.resolve(folder))
  }

  /** The latest first; those that cannot be read last. */
  async list(): Promise<readonly RunSummary[]> {
    const summaries = []
    for (const dir of await this.#dirs()) summaries.push(summaryOf(dir, await this.#read(dir)))
    return summaries.toSorted((a, b) => (startOf(a) < startOf(b) ? 1 : -1))
  }

  /** The report of a run; undefined where there is none of this id. */
  async report(id: string): Promise<Report | undefined> {
    return (await this.#find(id))?.report
  }

  /** The timeline of a trial, made of its trace; undefined where the trace is not there. */
  async timeline(id: string, trialId: string): Promise<Timeline | undefined> {
    const trace = await this.file(id, trialId, 'trace')
    return trace === undefined ? undefined : timelineOf(await readTraceFile(trace))
  }

  /** The path of a trial's trace or log; undefined where it is not there. */
  async file(
    id: string,
    trialId: string,
    kind: keyof Pick<TrialReport['files'], 'trace' | 'runtimeLog'>,
  ): Promise<string | undefined> {
    const run = await this.#find(id)
    const trial = run?.report.trials.find((each) => each.id === trialId)
    if (run === undefined || trial === undefined) return undefined
    const file = path.join(run.dir, trial.files[kind])
    return (await isPlainFile(file)) ? file : undefined
  }

  async #find(id: string): Promise<{ readonly dir: string; readonly report: Report } | undefined> {
    const dir = (await this.#dirs()).find((each) => idOf(each) === id)
    if (dir === undefined) return undefined
    const report = await this.#read(dir)
    return report instanceof FairleadError ? undefined : { dir, report }
  }

  async #dirs(): Promise<readonly string[]> {
    const dirs: string[] = []
    for (const folder of this.#folders) {
      if (await holdsReport(folder)) dirs.push(folder)
      for (const entry of await readdir(folder).catch(() => [])) {
        const dir = path.join(folder, entry)
        if (await holdsReport(dir)) dirs.push(dir)
      }
    }
    return [...new Set(dirs)].slice(0, RUNS_MAX)
  }

  async #read(dir: string): Promise<Report | FairleadError> {
    const { mtimeMs } = await stat(path.join(dir, REPORT_FILES.json)).catch(() => ({ mtimeMs: 0 }))
    const known = this.#known.get(dir)
    if (known?.changedMs === mtimeMs) return known.report
    const report = await readReport(dir).then(
      (read) => read.report,
      (error: unknown) => {
        if (error instanceof FairleadError) return error
        return new FairleadError('FL_REPORT_INVALID', messageOf(error))
      },
    )
    this.#known.set(dir, { changedMs: mtimeMs, report })
    return report
  }
}

function holdsReport(dir: string): Promise<boolean> {
  return isThere(path.join(dir, REPORT_FILES.json))
}

/** Of a path, as an address can hold it and a person still tell which it is. */
function idOf(dir: string): string {
  const digest = createHash('sha256').update(dir).digest('hex').slice(0, 8)
  return `${path.basename(dir).replaceAll(/[^\w.-]/g, '_')}-${digest}`
}

function summaryOf(dir: string, report: Report | FairleadError): RunSummary {
  if (report instanceof FairleadError) {
    return { id: idOf(dir), dir, content: { ok: false, problem: report.message } }
  }
  const { startedAt, durationMs, runtimes, scenarios, trials } = report
  return {
    id: idOf(dir),
    dir,
    content: {
      ok: true,
      startedAt,
      durationMs,
      runtimes: runtimes.map(({ name }) => name),
      scenarios: scenarios.length,
      verdicts: trials.map(({ verdict }) => verdict.word),
    },
  }
}

function startOf({ content }: RunSummary): string {
  return content.ok ? content.startedAt : ''
}
