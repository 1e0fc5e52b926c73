import path from 'node:path'
import type { Probe } from '../advisories/probes.ts'
import { FairleadError } from '../errors.ts'
import type { Binaries } from './binaries.ts'
import { readConfig } from './containerd-config/read-config.ts'
import { type ConfigJudgement, judgeConfig } from './containerd-config/rules.ts'
import type { ContainerdConfig } from './containerd-config/settings.ts'
import { readConfFiles } from './load.ts'
import type { Outcome } from './outcome.ts'
import {
  bySeverityAndPlace,
  libcniOf,
  needsLoopback,
  predict,
  type PredictSettings,
} from './predict.ts'
import { type Problem, type Severity, SEVERITIES } from './problem.ts'
import { readBinaries } from './read-binaries.ts'
import { readDir } from './read-dir.ts'
import type { DirReading } from './reading.ts'
import { defaultBinDirs, parsePredictedRuntime, type PredictedRuntime } from './runtime.ts'
import { neededTypes } from './rules/binaries.ts'
import type { Finding } from './rules/rule.ts'

/** What is to be judged. */
export interface LintRequest {
  /** Default: `/etc/cni/net.d`. */
  readonly dir?: string
  /** See {@link parsePredictedRuntime}. */
  readonly runtime: string
  /** containerd's config file. Its folders and settings are the defaults then. */
  readonly containerdConfig?: string
  /** Default: the runtime's own, see {@link defaultBinDirs}. */
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
  /** What containerd's config comes to, where one was given. */
  readonly containerdConfig?: ContainerdConfig
  /** Of a runtime that starts. */
  readonly outcome: Outcome
  /** Errors first. */
  readonly problems: readonly Problem[]
}

const DEFAULT_CONF_DIR = '/etc/cni/net.d'

/**
 * Reads a conf dir and the bin dirs of this machine, and judges them. Nothing is written; nothing is run
 * without `probe`.
 *
 * @throws {FairleadError} FL_RUNTIME_NAME; FL_USAGE for a config that cannot be read.
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
  const judged = await judgedConfig(request, runtime)
  const settings: Settings = {
    maxConfNum: judged?.config.maxConfNum ?? 1,
    internalLoopback: judged?.config.internalLoopback ?? false,
    binDirs: absolute(request.binDirs ?? judged?.config.binDirs ?? defaultBinDirs(runtime)),
  }
  const reading = await readDir(
    path.resolve(request.dir ?? judged?.config.confDir ?? DEFAULT_CONF_DIR),
  )
  const binaries =
    request.binaries === false
      ? {}
      : { binaries: await binariesOf(reading, runtime, settings, request, world) }
  const { outcome, findings } = predict(reading, runtime, { ...settings, ...binaries })
  const all =
    judged === undefined
      ? findings
      : [...judged.findings, ...differing(judged.config, request, runtime), ...findings]
  return {
    runtime: runtime.name,
    dir: reading.dir,
    ...(judged === undefined ? {} : { containerdConfig: judged.config }),
    outcome,
    problems: all.toSorted(bySeverityAndPlace).map((finding) => ({
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

type Settings = Required<Pick<PredictSettings, 'maxConfNum' | 'internalLoopback'>> & {
  readonly binDirs: readonly string[]
}

async function judgedConfig(
  { containerdConfig }: LintRequest,
  runtime: PredictedRuntime,
): Promise<ConfigJudgement | undefined> {
  if (containerdConfig === undefined) return undefined
  if (runtime.kind !== 'containerd') {
    throw new FairleadError('FL_USAGE', `--containerd-config is no config of ${runtime.name}.`, {
      hint: 'Name the version of containerd, e.g. --runtime containerd@2.1.9.',
    })
  }
  const reading = await readConfig(containerdConfig, runtime.version)
  if (reading.files.length === 0 && reading.failure?.line === undefined) {
    throw new FairleadError(
      'FL_USAGE',
      `${reading.failure?.path ?? ''} cannot be read: ${reading.failure?.why ?? ''}.`,
      {
        hint: "Give containerd's config file, e.g. /etc/containerd/config.toml.",
      },
    )
  }
  return judgeConfig(reading, runtime)
}

/** Folders that were named beside a config that names others. */
function differing(
  { confDir, binDirs }: ContainerdConfig,
  request: LintRequest,
  { name }: PredictedRuntime,
): readonly Finding[] {
  const differs = (
    given: readonly string[] | undefined,
    own: readonly string[],
    what: string,
  ): readonly Finding[] => {
    if (given === undefined || absolute(given).join(':') === absolute(own).join(':')) return []
    return [
      {
        probe: 'containerd-config-dirs-differ',
        severity: 'warning',
        file: path.resolve(request.containerdConfig ?? ''),
        text: `${name} has ${own.join(', ')} as its ${what} by this config, and ${given.join(', ')} was named here.`,
        nextStep: 'The CNI has to write where the runtime reads: make both the same.',
      },
    ]
  }
  return [
    ...differs(request.dir === undefined ? undefined : [request.dir], [confDir], 'conf dir'),
    ...differs(request.binDirs, binDirs, 'bin dirs'),
  ]
}

function absolute(dirs: readonly string[]): readonly string[] {
  return dirs.map((dir) => path.resolve(dir))
}

function binariesOf(
  reading: DirReading,
  runtime: PredictedRuntime,
  { binDirs, internalLoopback }: Settings,
  request: LintRequest,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Binaries> {
  const files = readConfFiles(reading, libcniOf(runtime)).filter((file) => file.ok)
  return readBinaries(neededTypes(files, needsLoopback(runtime, { internalLoopback })), binDirs, {
    arch: process.arch,
    probe: request.probe === true,
    env,
    signal,
  })
}
