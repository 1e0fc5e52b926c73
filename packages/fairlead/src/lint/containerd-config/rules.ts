import type { Finding } from '../rules/rule.ts'
import { listed } from '../rules/rule.ts'
import { isAtLeast, type PredictedRuntime, type RuntimeVersion } from '../runtime.ts'
import type { ConfigFile, ConfigReading } from './read-config.ts'
import {
  type Merged,
  merge,
  newestConfigVersion,
  V2_SECTION,
  V3_SECTION,
  versionOf,
} from './sections.ts'
import { checksVersion, type ContainerdConfig, settingsOf, unknownKeys } from './settings.ts'
import { type Table, tableAt, tableOf } from './table.ts'

/** What containerd's config comes to, and what speaks against it. */
export interface ConfigJudgement {
  readonly config: ContainerdConfig
  readonly findings: readonly Finding[]
}

type Containerd = Extract<PredictedRuntime, { kind: 'containerd' }>

/** Judges a config that was read. Pure. */
export function judgeConfig(reading: ConfigReading, runtime: Containerd): ConfigJudgement {
  const { name, version } = runtime
  const merged = merge(reading.files, version)
  const config = settingsOf(merged, reading, runtime)
  const input = { reading, merged, config, name, version }
  return {
    config,
    findings: [
      ...broken(input),
      ...tooNew(input),
      ...ignoredSections(input),
      ...ignoredKeys(input),
      ...replacedSections(input),
      ...binDirTwice(input),
      ...criMissing(input),
      ...perRuntime(input),
      ...template(input),
    ],
  }
}

interface Input {
  readonly reading: ConfigReading
  readonly merged: Merged
  readonly config: ContainerdConfig
  readonly name: string
  readonly version: RuntimeVersion
}

/** containerd does not start, for another reason than the version of the config. */
function broken({ reading, config, merged, name, version }: Input): readonly Finding[] {
  if (config.state !== 'does-not-start' || isTooNew(merged, reading, version)) return []
  const { failure, files } = reading
  const { line, column } = failure ?? {}
  return [
    {
      probe: 'containerd-config-invalid',
      severity: 'error',
      file: failure?.path ?? files[0]?.path ?? '',
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      text: `${name} does not start with this config: ${config.why ?? ''}.`,
      nextStep:
        'Repair it before containerd is restarted: the one that runs does not read it again.',
    },
  ]
}

function isTooNew(
  { configVersion }: Merged,
  { files, failure }: ConfigReading,
  version: RuntimeVersion,
): boolean {
  if (failure !== undefined) return false
  const root = files.map(versionOf).find((number) => number !== 0) ?? 0
  const isDropInAbove = isAtLeast(version, 2, 3) && files.some((file) => versionOf(file) > root)
  return configVersion > newestConfigVersion(version) || isDropInAbove
}

function tooNew({ reading, merged, config, name, version }: Input): readonly Finding[] {
  if (!isTooNew(merged, reading, version)) return []
  const file = reading.files.findLast((candidate) => versionOf(candidate) !== 0) ?? reading.files[0]
  if (file === undefined) return []
  const newest = newestConfigVersion(version)
  const isRefused = checksVersion(version)
  return [
    {
      probe: 'containerd-config-version-too-new',
      severity: 'error',
      ...placeIn(file, /^\s*version\s*=/),
      text: isRefused
        ? `${name} does not start with this config: ${config.why ?? ''}.`
        : `${name} takes config version ${merged.configVersion} for ${newest}, and does not find what is named as in ${merged.configVersion}.`,
      nextStep: `Keep a config of version ${newest} for this containerd; \`containerd config migrate\` only goes up, and there is no way back.`,
    },
  ]
}

/** A section under a name that this version does not look at, in a file of this config version. */
function ignoredSections({ reading, merged, name, version }: Input): readonly Finding[] {
  const right = isAtLeast(version, 2, 0)
    ? V3_SECTION
    : merged.configVersion === 1
      ? 'cri'
      : V2_SECTION
  return merged.ignored.flatMap((section): readonly Finding[] => {
    const file = reading.files.findLast(({ table }) => section in tableOf(table['plugins']))
    if (file === undefined) return []
    const cni = tableAt(tableOf(file.table['plugins']), section, 'cni')
    const lost = Object.keys(cni).filter(
      (key) => !isSame(tableOf(merged.cri['cni'])[key], cni[key]),
    )
    return [
      {
        probe: 'containerd-config-section-ignored',
        severity: lost.length > 0 ? 'error' : 'warning',
        ...placeIn(file, headerOf(section)),
        text: `${name} does not look at the section "${section}" in a config of version ${merged.configVersion}${lost.length > 0 ? `: ${listed(lost.map((key) => `\`${key}\``))} ${lost.length === 1 ? 'is' : 'are'} not what it says there` : ''}.`,
        nextStep: `Name the section "${right}".`,
      },
    ]
  })
}

function ignoredKeys({ reading, merged, name, version }: Input): readonly Finding[] {
  return unknownKeys(tableOf(merged.cri['cni']), version).flatMap((key): readonly Finding[] => {
    const pattern = new RegExp(`^\\s*"?${key.replaceAll(/\W/g, '.')}"?\\s*=`)
    const file = reading.files.findLast(({ text }) => lineOf(text, pattern) !== undefined)
    const where = file ?? reading.files[0]
    if (where === undefined) return []
    const isBinDirs = key === 'bin_dirs'
    return [
      {
        probe: 'containerd-config-section-ignored',
        severity: isBinDirs ? 'error' : 'warning',
        ...placeIn(where, pattern),
        text: `${name} does not know \`${key}\` in the section for CNI, and goes on without it.`,
        nextStep: isBinDirs
          ? 'Before 2.1 there is only `bin_dir`, with one folder.'
          : 'Is it spelled right? Keys of newer versions do nothing in older ones.',
      },
    ]
  })
}

/** 1.x puts the section of a later file in place of the whole section before. */
function replacedSections({ reading, merged, name, version }: Input): readonly Finding[] {
  if (isAtLeast(version, 2, 0)) return []
  const section = merged.configVersion === 1 ? 'cri' : V2_SECTION
  const holders = reading.files.filter(({ table }) => section in tableOf(table['plugins']))
  const last = holders.at(-1)
  if (last === undefined) return []
  const cniOf = ({ table }: ConfigFile): Table => tableAt(tableOf(table['plugins']), section, 'cni')
  const lost = holders
    .slice(0, -1)
    .flatMap((file) => Object.keys(cniOf(file)))
    .filter((key) => !(key in cniOf(last)))
  if (lost.length === 0) return []
  return [
    {
      probe: 'containerd-config-section-ignored',
      severity: 'error',
      ...placeIn(last, headerOf(section)),
      text: `${last.path} replaces the whole section "${section}" of the files before it: ${listed([...new Set(lost)].map((key) => `\`${key}\``))} of CNI are the defaults again.`,
      nextStep: `Repeat the whole section in the last file; only from containerd 2.0 on are sections merged. This is ${name}.`,
    },
  ]
}

function binDirTwice({ reading, merged, config, name, version }: Input): readonly Finding[] {
  const written = reading.files.flatMap(({ table }) =>
    [V2_SECTION, V3_SECTION].flatMap((section) =>
      Object.keys(tableAt(tableOf(table['plugins']), section, 'cni')),
    ),
  )
  const dirs = written.filter((key) => key === 'bin_dir' || key === 'bin_dirs')
  const file = reading.files.findLast(({ text }) => lineOf(text, BIN_DIR) !== undefined)
  if (!isAtLeast(version, 2, 1) || file === undefined || dirs.length < 2) return []
  const cni = tableOf(merged.cri['cni'])
  const isFatal = config.state === 'runs-without-cri' && 'bin_dir' in cni && 'bin_dirs' in cni
  if (!isFatal && new Set(dirs).size < 2) return []
  return [
    {
      probe: 'containerd-config-bin-dir-twice',
      severity: isFatal ? 'error' : 'warning',
      ...placeIn(file, BIN_DIR),
      text: isFatal
        ? `${name} runs without CRI, since \`bin_dir\` and \`bin_dirs\` are both set: kubelet finds "unknown service runtime.v1.RuntimeService".`
        : `\`bin_dir\` and \`bin_dirs\` are both set, and ${name} takes ${listed(config.binDirs)} alone.`,
      nextStep: 'Keep `bin_dirs` and remove `bin_dir`.',
    },
  ]
}

const BIN_DIR = /^\s*bin_dirs?\s*=/

function criMissing({ reading, config, name }: Input): readonly Finding[] {
  const isDisabled =
    config.state === 'runs-without-cri' && config.why?.includes('disabled_plugins') === true
  const file = reading.files.findLast(
    ({ text }) => lineOf(text, /^\s*disabled_plugins\s*=/) !== undefined,
  )
  if (!isDisabled || file === undefined) return []
  return [
    {
      probe: 'containerd-config-cri-disabled',
      severity: 'error',
      ...placeIn(file, /^\s*disabled_plugins\s*=/),
      text: `${name} runs without CRI, since ${config.why ?? ''}: kubelet finds "unknown service runtime.v1.RuntimeService".`,
      nextStep: 'Remove it from the list; packages of Docker ship such a config.',
    },
  ]
}

function perRuntime({ reading, config, name }: Input): readonly Finding[] {
  const others = config.runtimes.filter(({ confDir }) => confDir !== config.confDir)
  const file = reading.files.findLast(
    ({ text }) => lineOf(text, /^\s*cni_conf_dir\s*=/) !== undefined,
  )
  const where = file ?? reading.files[0]
  if (others.length === 0 || where === undefined) return []
  return [
    {
      probe: 'containerd-config-dirs-differ',
      severity: 'note',
      ...placeIn(where, /^\s*cni_conf_dir\s*=/),
      text: `Pods of ${listed(others.map((runtime) => `${runtime.name} (${runtime.confDir})`))} have networks of their own, and NetworkReady of ${name} tells of ${config.confDir} only.`,
      nextStep: 'Lint those folders, too.',
    },
  ]
}

function template({ reading, config, name }: Input): readonly Finding[] {
  const file = reading.files.findLast(
    ({ text }) => lineOf(text, /^\s*conf_template\s*=/) !== undefined,
  )
  if (config.confTemplate === '' || file === undefined) return []
  return [
    {
      probe: 'conf-foreign-runtime',
      severity: 'note',
      ...placeIn(file, /^\s*conf_template\s*=/),
      text: `${name} itself writes 10-containerd-net.conflist from ${config.confTemplate} into ${config.confDir} when kubelet tells of a pod CIDR while no network is ready.`,
      nextStep: 'Remove `conf_template` where a CNI writes the file.',
    },
  ]
}

function isSame(left: unknown, right: unknown): boolean {
  const text = (value: unknown) =>
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'bigint' ? `${inner}n` : inner,
    )
  return text(left) === text(right)
}

function headerOf(section: string): RegExp {
  const name = section.replaceAll('.', String.raw`\.`)
  return new RegExp(String.raw`^\s*\[\s*plugins\s*\.\s*["']?${name}["']?\s*(?:\.|\])`)
}

function placeIn(file: ConfigFile, pattern: RegExp): Pick<Finding, 'file' | 'line'> {
  const line = lineOf(file.text, pattern)
  return { file: file.path, ...(line === undefined ? {} : { line }) }
}

function lineOf(text: string, pattern: RegExp): number | undefined {
  const index = text.split('\n').findIndex((line) => pattern.test(line))
  return index === -1 ? undefined : index + 1
}
