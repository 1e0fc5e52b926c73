import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { FairleadError, messageOf } from '../errors.ts'
import { parseContainerdVersion } from '../lab/runtimes/containerd-version.ts'
import { versionOutput } from '../lab/runtimes/programs.ts'
import { type ConfigFile, readConfig } from '../lint/containerd-config/read-config.ts'
import { judgeConfig } from '../lint/containerd-config/rules.ts'
import { parsePredictedRuntime } from '../lint/runtime.ts'
import { sha256Of } from './checksums.ts'
import { CONFIG_FILE, type Slot } from './slot.ts'

/** What a config says that slots depend on. */
export interface ConfigFacts {
  /** Where containerd keeps what has to survive a reboot. */
  readonly rootDir: string
  /** Where it keeps what a reboot takes, the sockets of pods' shims among it. */
  readonly stateDir: string
  readonly confDir: string
  /** What speaks against it and does not forbid it, a sentence each. */
  readonly warnings: readonly string[]
}

const DUMP_TIMEOUT_MS = 20_000
const DUMP_SIZE_MAX = 4 * 1024 * 1024
// CD@v1.7.34, v2.3.4:defaults/defaults_unix.go.
const DEFAULT_ROOT_DIR = '/var/lib/containerd'
const DEFAULT_STATE_DIR = '/run/containerd'

/**
 * The version that a containerd says it is.
 *
 * @throws {FairleadError} FL_RUNTIME_BINARY where it does not run here, FL_RUNTIME_VERSION for anything else.
 */
export async function versionOf(containerd: string): Promise<string> {
  const output = await versionOutput('containerd', containerd)
  const version = parseContainerdVersion(output)
  if (version !== undefined) return version.text
  throw new FairleadError(
    'FL_RUNTIME_VERSION',
    `${containerd} --version prints "${output.trim()}", which is no containerd's.`,
    { hint: 'Slots hold versions of containerd.' },
  )
}

/**
 * Looks at the config of a version: by our rules for that version, and by what it says of it itself.
 *
 * @throws {FairleadError} FL_SLOT_INVALID where it would not start, runs without CRI or overlooks a setting.
 */
export async function inspectConfig({
  containerd,
  config,
  version,
}: {
  containerd: string
  config: string
  version: string
}): Promise<ConfigFacts> {
  const runtime = parsePredictedRuntime(`containerd@${version}`)
  if (runtime.kind !== 'containerd') throw new Error('a containerd is one')
  const reading = await readConfig(config, runtime.version)
  const { config: settings, findings } = judgeConfig(reading, runtime)
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw refused(config, errors.map(({ text }) => text).join(' '))
  await promisify(execFile)(containerd, ['--config', config, 'config', 'dump'], {
    timeout: DUMP_TIMEOUT_MS,
    maxBuffer: DUMP_SIZE_MAX,
  }).catch((error: unknown) => {
    throw refused(config, `containerd ${version} does not take it: ${lastLineOf(error)}`)
  })
  return {
    rootDir: topLevel(reading.files, 'root', DEFAULT_ROOT_DIR),
    stateDir: topLevel(reading.files, 'state', DEFAULT_STATE_DIR),
    confDir: settings.confDir,
    warnings: findings
      .filter(({ severity }) => severity === 'warning')
      .map(({ text, nextStep }) => `${text} ${nextStep}`),
  }
}

/**
 * Whether a slot still is what was staged, and would start here.
 *
 * @throws {FairleadError} FL_CHECKSUM for a file that has changed or is gone; what {@link versionOf} and
 * {@link inspectConfig} throw.
 */
export async function inspectSlot({ name, dir, manifest }: Slot): Promise<ConfigFacts> {
  for (const [file, { sha256 }] of Object.entries(manifest.files)) {
    const found = await sha256Of(path.join(dir, file)).catch(() => 'gone')
    if (found === sha256) continue
    throw new FairleadError(
      'FL_CHECKSUM',
      `${name}: ${file} is not what was staged: its checksum is ${found}, and was ${sha256}.`,
      { hint: 'Remove the slot, and stage it again.' },
    )
  }
  const containerd = path.join(dir, 'bin', 'containerd')
  const version = await versionOf(containerd)
  if (version !== manifest.runtime.version) {
    throw new FairleadError(
      'FL_RUNTIME_VERSION',
      `${name}: ${containerd} is ${version}, and was staged as ${manifest.runtime.version}.`,
      { hint: 'Remove the slot, and stage it again.' },
    )
  }
  return inspectConfig({ containerd, config: path.join(dir, CONFIG_FILE), version })
}

function topLevel(files: readonly ConfigFile[], key: string, otherwise: string): string {
  const values = files.map(({ table }) => table[key]).filter((value) => typeof value === 'string')
  return values.findLast((value) => value !== '') ?? otherwise
}

function refused(config: string, why: string): FairleadError {
  return new FairleadError('FL_SLOT_INVALID', `${config}: ${why}`, {
    hint: 'Give a config for this version by --containerd-config; fairlead lint --containerd-config tells more.',
  })
}

/** What a program of Go says before it ends is on the last line. */
function lastLineOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  return stderr.trim().split('\n').at(-1) || messageOf(error)
}
