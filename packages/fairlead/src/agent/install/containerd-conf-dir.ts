import path from 'node:path'
import { FairleadError } from '../../errors.ts'
import {
  type ConfigDisk,
  type ConfigFile,
  type ConfigReading,
  readConfig,
} from '../../lint/containerd-config/read-config.ts'
import type { ContainerdConfig } from '../../lint/containerd-config/settings.ts'
import { judgeConfig } from '../../lint/containerd-config/rules.ts'
import { V2_SECTION, V3_SECTION, versionOf } from '../../lint/containerd-config/sections.ts'
import { tableAt, textsOf } from '../../lint/containerd-config/table.ts'
import { isAtLeast, type PredictedRuntime } from '../../lint/runtime.ts'
import type { Distribution } from './distributions.ts'
import type { Change } from './installation.ts'
import type { NodeFiles } from './node-files.ts'
import { withString } from './toml-edit.ts'

type Containerd = Extract<PredictedRuntime, { kind: 'containerd' }>
type Files = Pick<NodeFiles, 'read' | 'list'>

/** Read last of its folder, so that nothing else has the last word. */
const DROP_IN = 'zz-fairlead.toml'

/** What has to change for containerd to load `confDir`, and what is to be said of it. */
export interface ConfDirPlan {
  readonly changes: readonly Change[]
  /** What the config comes to as it is: where installers write, where plugins are. */
  readonly before: ContainerdConfig
}

/**
 * How containerd comes to load `confDir`: by a drop-in, where this containerd merges one that its config
 * imports, or else by one line of the config itself. What containerd would then do is predicted, as `fairlead
 * lint` does, and it is refused where that is something else.
 *
 * @throws {FairleadError} FL_INSTALL where it cannot be done, with what is to be written by hand.
 */
export async function planConfDir(
  files: Files,
  runtime: Containerd,
  distribution: Pick<Distribution, 'containerdConfig' | 'shippedConfig' | 'writtenBy'>,
  confDir: string,
): Promise<ConfDirPlan> {
  const { containerdConfig: main } = distribution
  const base = await baseOf(files, distribution)
  const disk = withChange(diskOf(files), base)
  const reading = await readConfig(main, runtime.version, '/', disk)
  const { config: before } = judgeConfig(isMissing(reading) ? EMPTY : reading, runtime)
  if (before.confDir === confDir && before.state === 'runs') return { changes: [], before }
  for (const change of candidates(reading, runtime, distribution, confDir)) {
    const after = await readConfig(main, runtime.version, '/', withChange(disk, change))
    const { config } = judgeConfig(after, runtime)
    if (config.state !== 'runs' || config.confDir !== confDir) continue
    const isOnBase = base !== undefined && base.path !== change.path
    return { changes: [...(isOnBase ? [base] : []), change], before }
  }
  throw byHand(main, runtime, reading, confDir, distribution)
}

const EMPTY: ConfigReading = { files: [], failure: undefined }

/** Where the image's own config cannot be changed, a copy of it is what is changed. */
async function baseOf(
  files: Files,
  { containerdConfig, shippedConfig }: Pick<Distribution, 'containerdConfig' | 'shippedConfig'>,
): Promise<Change | undefined> {
  const own = await files.read(containerdConfig)
  if (shippedConfig === undefined || own.kind !== 'absent') return undefined
  const shipped = await files.read(shippedConfig)
  if (shipped.kind !== 'file') return undefined
  const content = { kind: 'file', bytes: shipped.bytes, mode: 0o644 } as const
  return { path: containerdConfig, content, why: `a copy of ${shippedConfig}, which is read-only` }
}

/** What may do it, the least first. */
function candidates(
  reading: ConfigReading,
  runtime: Containerd,
  { containerdConfig: main, writtenBy }: Pick<Distribution, 'containerdConfig' | 'writtenBy'>,
  confDir: string,
): readonly Change[] {
  const [first] = reading.files
  const version = Math.max(2, first === undefined ? newest(runtime) : versionOf(first))
  const keys = ['plugins', version >= 3 ? V3_SECTION : V2_SECTION, 'cni', 'conf_dir'] as const
  const why = `containerd loads ${confDir}`
  const found: Change[] = []
  const dir = first === undefined ? undefined : dropInDirOf(first)
  // 1.x does not merge it: a drop-in's section takes the place of the config's.
  if (dir !== undefined && isAtLeast(runtime.version, 2, 0)) {
    const text = withString(`version = ${version}\n`, keys, confDir) ?? ''
    found.push({ path: path.join(dir, DROP_IN), content: fileOf(text), why })
  }
  if (writtenBy === 'program') return found
  const named = reading.files.findLast(
    ({ table }) => Object.keys(tableAt(table, 'plugins', keys[1], 'cni')).length > 0,
  )
  for (const file of [named, first]) {
    const text = file === undefined ? undefined : withString(file.text, keys, confDir)
    if (file !== undefined && text !== undefined) {
      found.push({ path: file.path, content: fileOf(text), why })
    }
  }
  if (first === undefined && isMissing(reading)) {
    const text = withString(`version = ${version}\n`, keys, confDir) ?? ''
    found.push({ path: main, content: fileOf(text), why })
  }
  return found
}

function newest({ version }: Containerd): number {
  return isAtLeast(version, 2, 0) ? 3 : 2
}

function isMissing({ files, failure }: ConfigReading): boolean {
  return files.length === 0 && failure?.why === 'it is not there'
}

/** The folder that a config imports all files of. */
function dropInDirOf({ path: file, table }: ConfigFile): string | undefined {
  const pattern = textsOf(table['imports']).find((text) => text.endsWith('/*.toml'))
  return pattern === undefined ? undefined : path.resolve(path.dirname(file), path.dirname(pattern))
}

/** What a config of the node is read from; a link of the config is followed as far as it stays on it. */
function diskOf(files: Files): ConfigDisk {
  const textOf: ConfigDisk['textOf'] = async (file) => {
    const content = await files.read(file)
    if (content.kind === 'link') return textOf(path.resolve(path.dirname(file), content.target))
    return content.kind === 'file' ? { text: content.bytes.toString() } : { why: 'it is not there' }
  }
  return { textOf, list: files.list }
}

/** The same disk as it will be. */
function withChange(disk: ConfigDisk, change: Change | undefined): ConfigDisk {
  if (change?.content.kind !== 'file') return disk
  const { path: changed, content } = change
  return {
    textOf: async (file) =>
      file === changed ? { text: content.bytes.toString() } : disk.textOf(file),
    list: async (dir) => {
      const names = await disk.list(dir)
      return path.dirname(changed) === dir
        ? [...new Set([...names, path.basename(changed)])]
        : names
    },
  }
}

function fileOf(text: string): Change['content'] {
  return { kind: 'file', bytes: Buffer.from(text), mode: 0o644 }
}

function byHand(
  main: string,
  { name }: Containerd,
  { failure }: ConfigReading,
  confDir: string,
  { writtenBy }: Pick<Distribution, 'writtenBy'>,
): FairleadError {
  const why = failure === undefined ? '' : ` (${failure.path}: ${failure.why})`
  const message = `${name} cannot be made to load ${confDir} by a line of ${main}${why}.`
  const where =
    writtenBy === 'program'
      ? 'the template that the config is made of'
      : 'the config, or a file that it imports'
  return new FairleadError('FL_INSTALL', message, {
    hint: `Write conf_dir = "${confDir}" into the cni section of ${where}, and install again. \`fairlead lint --containerd-config ${main}\` shows what the config comes to.`,
  })
}
