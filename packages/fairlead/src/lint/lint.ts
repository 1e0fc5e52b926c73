import path from 'node:path'
import type { Probe } from '../advisories/probes.ts'
import type { Binaries } from './binaries.ts'
import { readConfFiles } from './load.ts'
import type { Outcome } from './outcome.ts'
import { libcniOf, needsLoopback, predict, type PredictSettings } from './predict.ts'
import { type Problem, type Severity, SEVERITIES } from './problem.ts'
import { readBinaries } from './read-binaries.ts'
import { readDir } from './read-dir.ts'
import type { DirReading } from './reading.ts'
import { parsePredictedRuntime, type PredictedRuntime } from './runtime.ts'
import { neededTypes } from './rules/binaries.ts'

/** What is to be judged. */
export interface LintRequest {
  /** Default: `/etc/cni/net.d`. */
  readonly dir?: string
  /** See {@link parsePredictedRuntime}. */
  readonly runtime: string
  /** Default: the runtime's own, `/opt/cni/bin`. */
  readonly binDirs?: readonly string[]
  /** Whether the plugins' programs are looked at. Default: true. */
  readonly binaries?: boolean
  /** Whether the plugins are run with VERSION. Default: false, and nothing is run. */
  readonly probe?: boolean
}

/** What a runtime would make of a conf dir, and every problem with it. */
export interface LintReport {
  readonly runtime: string
  readonly dir: string
  readonly outcome: Outcome
  /** Errors first. */
  readonly problems: readonly Problem[]
}

const DEFAULT_CONF_DIR = '/etc/cni/net.d'
const DEFAULT_BIN_DIRS = ['/opt/cni/bin']

/**
 * Reads a conf dir and the bin dirs of this machine, and judges them. Nothing is written; nothing is run
 * without `probe`.
 *
 * @throws {FairleadError} FL_RUNTIME_NAME.
 */
export async function lint(
  request: LintRequest,
  world: {
    readonly env: NodeJS.ProcessEnv
    readonly signal: AbortSignal
    /** The ids of the advisories that name each probe. */
    readonly advisories: ReadonlyMap<Probe, readonly string[]>
  },
): Promise<LintReport> {
  const runtime = parsePredictedRuntime(request.runtime)
  const reading = await readDir(path.resolve(request.dir ?? DEFAULT_CONF_DIR))
  const binaries =
    request.binaries === false ? undefined : await binariesOf(reading, runtime, request, world)
  const settings: PredictSettings = binaries === undefined ? {} : { binaries }
  const { outcome, findings } = predict(reading, runtime, settings)
  return {
    runtime: runtime.name,
    dir: reading.dir,
    outcome,
    problems: findings.map((finding) => ({
      ...finding,
      advisories: world.advisories.get(finding.probe) ?? [],
    })),
  }
}

/** How many problems there are of each severity. */
export function countsOf(problems: readonly Problem[]): Readonly<Record<Severity, number>> {
  const count = (severity: Severity) =>
    problems.filter((problem) => problem.severity === severity).length
  const [error, warning, note] = SEVERITIES.map(count)
  return { error: error ?? 0, warning: warning ?? 0, note: note ?? 0 }
}

function binariesOf(
  reading: DirReading,
  runtime: PredictedRuntime,
  request: LintRequest,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Binaries> {
  const files = readConfFiles(reading, libcniOf(runtime)).filter((file) => file.ok)
  return readBinaries(
    neededTypes(files, needsLoopback(runtime, {})),
    (request.binDirs ?? DEFAULT_BIN_DIRS).map((dir) => path.resolve(dir)),
    { arch: process.arch, probe: request.probe === true, env, signal },
  )
}
