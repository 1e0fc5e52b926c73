import { isAtLeast, type RuntimeVersion } from '../runtime.ts'
import type { ConfigFile } from './read-config.ts'
import { mergeDeep, type Table, tableAt, tableOf, textsOf } from './table.ts'

/** The CRI plugin's section, as files of version 1, 2 and 3 name it. */
export const V1_SECTION = 'cri'
export const V2_SECTION = 'io.containerd.grpc.v1.cri'
export const V3_SECTION = 'io.containerd.cri.v1.runtime'

/** The newest config version that a containerd knows (CD:version/version.go `ConfigVersion`; docs). */
export function newestConfigVersion(version: RuntimeVersion): number {
  if (isAtLeast(version, 2, 3)) return 4
  return isAtLeast(version, 2, 0) ? 3 : 2
}

/** What all files come to together. */
export interface Merged {
  /** As the last file that has one says; 1 where none does. */
  readonly configVersion: number
  readonly disabledPlugins: readonly string[]
  readonly plugins: Table
  /** The section of the CRI plugin that counts, after every migration. */
  readonly cri: Table
  /** Sections that stand in the files and do not count, by the name that they have there. */
  readonly ignored: readonly string[]
}

/** The config version that a file says; 0 where it says none. */
export function versionOf({ table }: ConfigFile): number {
  const version = table['version']
  return typeof version === 'number' || typeof version === 'bigint' ? Number(version) : 0
}

/** Merges files as that containerd does, and moves what its sections were called before. */
export function merge(files: readonly ConfigFile[], version: RuntimeVersion): Merged {
  if (!isAtLeast(version, 2, 0)) return mergeOld(files)
  return isAtLeast(version, 2, 3) ? mergeEach(files, version) : mergeThenMigrate(files, version)
}

/** 1.x: a section of a later file replaces the whole one of an earlier (CD@v1.7.34:services/server/config). */
function mergeOld(files: readonly ConfigFile[]): Merged {
  const configVersion = files.map(versionOf).findLast((number) => number !== 0) ?? 1
  const plugins: Record<string, unknown> = {}
  for (const { table } of files) Object.assign(plugins, tableOf(table['plugins']))
  const section = configVersion === 1 ? V1_SECTION : V2_SECTION
  return {
    configVersion,
    disabledPlugins: disabledOf(files, false),
    plugins,
    cri: tableAt(plugins, section),
    ignored: [V1_SECTION, V2_SECTION, V3_SECTION].filter(
      (name) => name !== section && name in plugins,
    ),
  }
}

/**
 * 2.0 to 2.2: merged first, then migrated from the version of the last file that has one. A file without
 * a version gets the plugins' names of version 2, and counts as what came before it, at first as 3.
 */
function mergeThenMigrate(files: readonly ConfigFile[], version: RuntimeVersion): Merged {
  let configVersion = 3
  let plugins: Table = {}
  for (const file of files) {
    const own = versionOf(file)
    const table = tableOf(file.table['plugins'])
    plugins = mergeDeep(plugins, own < 2 ? renamed(table) : table)
    if (own >= 2) configVersion = own
  }
  const [old, current] = [tableAt(plugins, V2_SECTION), tableAt(plugins, V3_SECTION)]
  // 2.0.0 and 2.0.1 put the old section in place of the new one.
  const overwrites = !isAtLeast(version, 2, 0, 2) && V2_SECTION in plugins
  const cri =
    configVersion >= 3
      ? current
      : overwrites
        ? old
        : migrated(old, current, isAtLeast(version, 2, 1))
  const isOldIgnored = configVersion >= 3 && hasRuntimeKeys(old)
  return {
    configVersion,
    disabledPlugins: disabledOf(files, true),
    plugins,
    cri,
    ignored: [
      ...(V1_SECTION in plugins ? [V1_SECTION] : []),
      ...(isOldIgnored ? [V2_SECTION] : []),
      ...(configVersion < 3 && overwrites && V3_SECTION in plugins ? [V3_SECTION] : []),
    ],
  }
}

/** 2.3 and newer: each file is migrated by itself, then merged (CD@v2.3.4 `LoadConfigWithPlugins`). */
function mergeEach(files: readonly ConfigFile[], version: RuntimeVersion): Merged {
  let plugins: Table = {}
  const ignored = new Set<string>()
  for (const file of files) {
    const own = versionOf(file)
    const table = tableOf(file.table['plugins'])
    const named = own < 2 ? renamed(table) : table
    const old = tableAt(named, V2_SECTION)
    if (own >= newestConfigVersion(version)) {
      if (hasRuntimeKeys(old)) ignored.add(V2_SECTION)
      if (V1_SECTION in named) ignored.add(V1_SECTION)
      plugins = mergeDeep(plugins, named)
      continue
    }
    if (V1_SECTION in named) ignored.add(V1_SECTION)
    const cri = migrated(old, tableAt(named, V3_SECTION), true)
    plugins = mergeDeep(plugins, { ...named, [V3_SECTION]: cri })
  }
  return {
    configVersion: files.map(versionOf).findLast((number) => number !== 0) ?? 1,
    disabledPlugins: disabledOf(files, true),
    plugins,
    cri: tableAt(plugins, V3_SECTION),
    ignored: [...ignored],
  }
}

/**
 * What of the old section goes into the new one: what is not there already. From 2.1 on its `bin_dir`
 * becomes `bin_dirs`, whatever was there (CD@v2.1.9:plugins/cri/runtime/plugin.go `migrateConfig`).
 */
function migrated(old: Table, current: Table, hasBinDirs: boolean): Table {
  const [oldCni, cni] = [tableOf(old['cni']), tableOf(current['cni'])]
  const { bin_dir: binDir, ...rest } = oldCni
  const kept = hasBinDirs ? rest : oldCni
  const moved =
    hasBinDirs && typeof binDir === 'string'
      ? { ...cni, ...missing(kept, cni), bin_dirs: [binDir] }
      : { ...missing(kept, cni), ...cni }
  const runtimes = (table: Table) => tableOf(table['containerd'])
  return {
    ...missing(old, current),
    ...current,
    ...(Object.keys(moved).length === 0 ? {} : { cni: moved }),
    containerd: { ...missing(runtimes(old), runtimes(current)), ...runtimes(current) },
  }
}

function missing(from: Table, at: Table): Table {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !(key in at)))
}

/** What of the old section has moved: streams, for one, have not. */
function hasRuntimeKeys(old: Table): boolean {
  return 'cni' in old || 'containerd' in old
}

function renamed(plugins: Table): Table {
  return Object.fromEntries(
    Object.entries(plugins).map(([name, value]) => [renamedPlugin(name), value]),
  )
}

/** The name of version 2 for one of version 1, as far as it matters here. */
function renamedPlugin(name: string): string {
  return name === V1_SECTION ? V2_SECTION : name
}

/** Names as each file has them; in 2.x those of files without a version, or with 1, are read as version 2's. */
function disabledOf(files: readonly ConfigFile[], isRenaming: boolean): readonly string[] {
  return files.flatMap((file) => {
    const names = textsOf(file.table['disabled_plugins'])
    return isRenaming && versionOf(file) < 2 ? names.map(renamedPlugin) : names
  })
}
