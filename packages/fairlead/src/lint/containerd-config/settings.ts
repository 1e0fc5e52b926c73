import {
  defaultBinDirs,
  isAtLeast,
  type PredictedRuntime,
  type RuntimeVersion,
} from '../runtime.ts'
import {
  V1_SECTION,
  V2_SECTION,
  V3_SECTION,
  type Merged,
  newestConfigVersion,
  versionOf,
} from './sections.ts'
import type { ConfigReading } from './read-config.ts'
import { asTable, type Table, tableAt, tableOf, textsOf } from './table.ts'

/** Where containerd looks for networks of pods with one runtime. */
interface RuntimeDirs {
  /** The name of the runtime, `runc`, `kata`, ... */
  readonly name: string
  readonly confDir: string
  readonly maxConfNum: number
}

/** What containerd's config comes to, as far as networks depend on it. */
export interface ContainerdConfig {
  /** Without CRI it runs, and kubelet finds nobody. */
  readonly state: 'runs' | 'runs-without-cri' | 'does-not-start'
  /** Why it does not run as it should; without a full stop. */
  readonly why?: string
  readonly confDir: string
  readonly binDirs: readonly string[]
  readonly maxConfNum: number
  readonly internalLoopback: boolean
  /** Where containerd writes a conf file of its own from. */
  readonly confTemplate: string
  /** Runtimes with a `cni_conf_dir`. */
  readonly runtimes: readonly RuntimeDirs[]
}

// CD@v1.6.20:pkg/cri/config/config_unix.go, CD@v2.1.9:internal/cri/config/config_unix.go.
const DEFAULT_CONF_DIR = '/etc/cni/net.d'

/** The keys of the `cni` section, the version that brought each, and the kind of its value. */
const KEYS = {
  bin_dir: { since: [1, 6], is: 'string' },
  conf_dir: { since: [1, 6], is: 'string' },
  max_conf_num: { since: [1, 6], is: 'number' },
  conf_template: { since: [1, 6], is: 'string' },
  ip_pref: { since: [1, 6], is: 'string' },
  setup_serially: { since: [1, 7], is: 'boolean' },
  use_internal_loopback: { since: [2, 0], is: 'boolean' },
  bin_dirs: { since: [2, 1], is: 'strings' },
} as const

/** The keys of a `cni` section that this version does not know, and goes without. */
export function unknownKeys(cni: Table, version: RuntimeVersion): readonly string[] {
  return Object.keys(cni).filter((key) => !knownKey(key.toLowerCase(), version))
}

/** Reads the settings out of what the files come to. */
export function settingsOf(
  merged: Merged,
  reading: ConfigReading,
  runtime: Extract<PredictedRuntime, { kind: 'containerd' }>,
): ContainerdConfig {
  const { version } = runtime
  const defaults = defaultBinDirs(runtime)
  const cni = foldedKeys(tableOf(merged.cri['cni']))
  const trouble =
    startTrouble(merged, reading, version) ??
    wrongType(cni, version) ??
    criTrouble(merged, cni, version, defaults)
  return {
    state: 'runs',
    ...trouble,
    confDir: textOf(cni['conf_dir'], DEFAULT_CONF_DIR),
    binDirs: binDirsOf(cni, version, defaults),
    maxConfNum: numberOf(cni['max_conf_num'], 1),
    internalLoopback: isAtLeast(version, 2, 0) && cni['use_internal_loopback'] === true,
    confTemplate: textOf(cni['conf_template'], ''),
    runtimes: runtimesOf(merged.cri, numberOf(cni['max_conf_num'], 1)),
  }
}

/** Keys of a struct count in any case, to both of containerd's TOML readers. */
function foldedKeys(cni: Table): Table {
  return Object.fromEntries(Object.entries(cni).map(([key, value]) => [key.toLowerCase(), value]))
}

type Trouble = Pick<ContainerdConfig, 'state' | 'why'>

const fails = (why: string): Trouble => ({ state: 'does-not-start', why })

function startTrouble(
  { configVersion, plugins, disabledPlugins }: Merged,
  { files, failure }: ConfigReading,
  version: RuntimeVersion,
): Trouble | undefined {
  if (failure !== undefined) return fails(`${failure.path} cannot be used: ${failure.why}`)
  const newest = newestConfigVersion(version)
  if (configVersion > newest && checksVersion(version)) {
    return fails(
      `config version ${configVersion} is newer than ${newest}, the newest that it knows`,
    )
  }
  const root = files.map(versionOf).find((number) => number !== 0) ?? 0
  const above = files.find((file) => versionOf(file) > root)
  if (isAtLeast(version, 2, 3) && above !== undefined) {
    return fails(
      `${above.path} has config version ${versionOf(above)}, and the config that imports it ${root}`,
    )
  }
  const names = [...(isAtLeast(version, 2, 0) ? [] : Object.keys(plugins)), ...disabledPlugins]
  const wrong = configVersion < 2 ? undefined : names.find((name) => !isPluginName(name, version))
  return wrong === undefined
    ? undefined
    : fails(`"${wrong}" is no name of a plugin in config version ${configVersion}`)
}

/** Whether a version that is too new is refused; before 1.6.32 and 1.7.17 it was read as version 2. */
export function checksVersion(version: RuntimeVersion): boolean {
  return version.minor === 6 && version.major === 1
    ? isAtLeast(version, 1, 6, 32)
    : isAtLeast(version, 1, 7, 17)
}

// CD@v1.6.20, v1.7.34:services/server/config `ValidateV2`, CD@v2.1.9 `ValidateVersion`.
function isPluginName(name: string, version: RuntimeVersion): boolean {
  if (isAtLeast(version, 2, 0)) return name.includes('.')
  const hasPrefix = !isAtLeast(version, 1, 7) || name.startsWith('io.containerd.')
  return hasPrefix && name.split('.').length >= 4
}

function wrongType(cni: Table, version: RuntimeVersion): Trouble | undefined {
  for (const [key, value] of Object.entries(cni)) {
    const known = knownKey(key, version)
    if (known === undefined || isOfKind(value, known.is)) continue
    return fails(`\`${key}\` is no ${known.is === 'strings' ? 'list of strings' : known.is}`)
  }
  return undefined
}

function isOfKind(value: unknown, kind: (typeof KEYS)[keyof typeof KEYS]['is']): boolean {
  if (kind === 'strings') return Array.isArray(value) && textsOf(value).length === value.length
  if (kind === 'number') return typeof value === 'bigint' || Number.isInteger(value)
  return typeof value === kind
}

function knownKey(key: string, version: RuntimeVersion) {
  const known = Object.entries(KEYS).find(([name]) => name === key)?.[1]
  if (known === undefined) return undefined
  const [major, minor] = known.since
  return isAtLeast(version, major, minor) ? known : undefined
}

function criTrouble(
  { disabledPlugins, configVersion }: Merged,
  cni: Table,
  version: RuntimeVersion,
  defaults: readonly string[],
): Trouble | undefined {
  const needed = isAtLeast(version, 2, 0)
    ? [V2_SECTION, V3_SECTION, 'io.containerd.cri.v1.images']
    : [configVersion === 1 ? V1_SECTION : V2_SECTION]
  const disabled = needed.find((name) => disabledPlugins.includes(name))
  if (disabled !== undefined) {
    return { state: 'runs-without-cri', why: `\`disabled_plugins\` has ${disabled}` }
  }
  if (!hasBothBinDirs(cni, version, defaults)) return undefined
  return { state: 'runs-without-cri', why: '`bin_dir` and `bin_dirs` are both set' }
}

/** Both say something, and `bin_dirs` is not just the default (CD@v2.1.9 `ValidateRuntimeConfig`). */
function hasBothBinDirs(cni: Table, version: RuntimeVersion, defaults: readonly string[]): boolean {
  const dirs = textsOf(cni['bin_dirs'])
  const isDefault = dirs.join(':') === defaults.join(':')
  return (
    isAtLeast(version, 2, 1) && textOf(cni['bin_dir'], '') !== '' && dirs.length > 0 && !isDefault
  )
}

function binDirsOf(
  cni: Table,
  version: RuntimeVersion,
  defaults: readonly string[],
): readonly string[] {
  if (!isAtLeast(version, 2, 1)) return [textOf(cni['bin_dir'], defaults[0] ?? '')]
  const own = textOf(cni['bin_dir'], '')
  if (own !== '' && !hasBothBinDirs(cni, version, defaults)) return [own]
  return Array.isArray(cni['bin_dirs']) ? textsOf(cni['bin_dirs']) : defaults
}

function runtimesOf(cri: Table, maxConfNum: number): readonly RuntimeDirs[] {
  return Object.entries(tableAt(cri, 'containerd', 'runtimes')).flatMap(([name, value]) => {
    const runtime = asTable(value)
    const confDir = textOf(runtime?.['cni_conf_dir'], '')
    if (runtime === undefined || confDir === '') return []
    const own = numberOf(runtime['cni_max_conf_num'], 0)
    return [{ name, confDir, maxConfNum: own === 0 ? maxConfNum : own }]
  })
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : otherwise
}
