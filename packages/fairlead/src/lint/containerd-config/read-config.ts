import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { messageOf, systemCodeOf } from '../../errors.ts'
import { isAtLeast, type RuntimeVersion } from '../runtime.ts'
import { type Table, tableOf, textsOf } from './table.ts'

/** A file of containerd's config. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
  readonly table: Table
}

/** A file that containerd cannot read: it does not start. */
interface ConfigFailure {
  readonly path: string
  readonly why: string
  readonly line?: number
  readonly column?: number
}

/** The config and what it imports, in the order that containerd merges them in. */
export interface ConfigReading {
  readonly files: readonly ConfigFile[]
  readonly failure: ConfigFailure | undefined
}

/** No config is as large, and none imports as much. */
const BYTES_MAX = 1024 * 1024
const FILES_MAX = 200

/** The files that a config is read from. */
export interface ConfigDisk {
  /** The text of a file, or why there is none. */
  readonly textOf: (file: string) => Promise<{ readonly text: string } | { readonly why: string }>
  /** The names in a folder; none where there is none. */
  readonly list: (dir: string) => Promise<readonly string[]>
}

const THIS_DISK: ConfigDisk = {
  textOf: textOnDisk,
  list: (dir) => readdir(dir).catch(() => []),
}

/** Reads a config and its imports, breadth first, each once (CD@v2.1.9:cmd/containerd/server/config `LoadConfig`).
 * `root` is where the node's files are, e.g. `/proc/1/root` seen from a container; `file` is on this side. */
export async function readConfig(
  file: string,
  version: RuntimeVersion,
  root: string = '/',
  disk: ConfigDisk = THIS_DISK,
): Promise<ConfigReading> {
  const files: ConfigFile[] = []
  const pending = [path.resolve(file)]
  for (const next of pending) {
    if (files.some((loaded) => loaded.path === next)) continue
    if (files.length === FILES_MAX) {
      return { files, failure: { path: next, why: `there are more than ${FILES_MAX} files` } }
    }
    const read = await readOne(next, disk)
    if ('why' in read) return { files, failure: read }
    files.push(read)
    pending.push(...(await importsOf(read, version, root, disk)))
  }
  return { files, failure: undefined }
}

async function textOnDisk(file: string): Promise<{ text: string } | { why: string }> {
  try {
    const stats = await stat(file)
    if (!stats.isFile()) return { why: 'it is no regular file' }
    if (stats.size > BYTES_MAX) return { why: `it has more than ${BYTES_MAX} bytes` }
    return { text: await readFile(file, 'utf8') }
  } catch (error) {
    return { why: systemCodeOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error) }
  }
}

async function readOne(file: string, disk: ConfigDisk): Promise<ConfigFile | ConfigFailure> {
  const read = await disk.textOf(file)
  if ('why' in read) return { path: file, why: read.why }
  const { text } = read
  try {
    // 2^63-1 is no safe integer, and a config may say it.
    return { path: file, text, table: tableOf(parse(text, { integersAsBigInt: 'asNeeded' })) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const { line, column } = error
    return { path: file, why: `not TOML: ${firstLine(error.message)}`, line, column }
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
}

async function importsOf(
  { path: file, table }: ConfigFile,
  version: RuntimeVersion,
  root: string,
  disk: ConfigDisk,
): Promise<readonly string[]> {
  const found = []
  for (const text of textsOf(table['imports'])) {
    const isPattern = text.includes('*')
    // Before, such a pattern was relative to containerd's own folder, which under systemd is the root.
    const isBelowRoot = path.isAbsolute(text) || (isPattern && !resolvesPatterns(version))
    const imported = path.join(isBelowRoot ? root : path.dirname(file), text)
    found.push(...(isPattern ? await glob(imported, disk) : [imported]))
  }
  return found
}

function resolvesPatterns(version: RuntimeVersion): boolean {
  return version.minor === 6 ? isAtLeast(version, 1, 6, 29) : isAtLeast(version, 1, 7, 16)
}

/** Go's `filepath.Glob`: by name in each folder; a star takes dot files, too, and no slash. */
async function glob(pattern: string, disk: ConfigDisk): Promise<readonly string[]> {
  let found = ['/']
  for (const part of pattern.split('/').filter((piece) => piece !== '')) {
    const next: string[] = []
    for (const dir of found) {
      if (!/[*?[]/.test(part)) next.push(path.join(dir, part))
      else next.push(...(await matching(dir, part, disk)))
    }
    found = next
  }
  // What is named without a star may not be there.
  const there = await Promise.all(found.map(async (file) => isListed(file, disk)))
  return found.filter((_, index) => there[index])
}

async function isListed(file: string, disk: ConfigDisk): Promise<boolean> {
  return (await disk.list(path.dirname(file))).includes(path.basename(file))
}

async function matching(dir: string, part: string, disk: ConfigDisk): Promise<readonly string[]> {
  const names = await disk.list(dir)
  const wild = part
    .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  let pattern: RegExp
  try {
    pattern = new RegExp(`^${wild}$`, 'u')
  } catch {
    // A bracket that is not closed: Go refuses the pattern, and containerd does not start; nothing matches.
    return []
  }
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => path.join(dir, name))
}
