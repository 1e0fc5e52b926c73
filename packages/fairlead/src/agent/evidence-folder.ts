import { lstat, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CONF_EXTENSIONS } from '@fairlead/cni'
import { messageOf } from '../errors.ts'

/** One of the folders that evidence is kept in, which takes only so many bytes. */
export interface EvidenceFolder {
  readonly path: string
  /** Writes what there is room for: the beginning of it, or the end. */
  readonly write: (name: string, bytes: Uint8Array, keep: 'beginning' | 'end') => Promise<void>
  /** Keeps what a conf dir holds: what is in it, and the configs themselves. */
  readonly copyConfDir: (dir: string, name: string) => Promise<void>
}

const FOLDERS_MAX = 20
const CONFIG_BYTES_MAX = 256 * 1024
/** Nobody has so many; what has is no conf dir. */
const ENTRIES_MAX = 500

/** Makes a folder below `dir`, named after the moment, that takes `bytesMax`. */
export async function makeEvidenceFolder(
  dir: string,
  at: Date,
  bytesMax: number,
): Promise<EvidenceFolder> {
  const folder = path.join(dir, at.toISOString().replaceAll(':', '-'))
  // What it holds may be secret: addresses, names, arguments of programs.
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let left = bytesMax
  const write: EvidenceFolder['write'] = async (name, bytes, keep) => {
    const over = Math.max(0, bytes.length - left)
    const kept = keep === 'end' ? bytes.subarray(over) : bytes.subarray(0, bytes.length - over)
    left -= kept.length
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, kept, { mode: 0o600 })
  }
  return {
    path: folder,
    write,
    copyConfDir: async (source, name) => {
      const listing: string[] = []
      for await (const { name: file, told, sizeBytes } of entriesOf(source)) {
        listing.push(told)
        if (!CONF_EXTENSIONS.includes(path.extname(file)) || sizeBytes > CONFIG_BYTES_MAX) continue
        const text = await readFile(path.join(source, file)).catch(() => undefined)
        if (text !== undefined) await write(path.join(name, file), text, 'beginning')
      }
      await write(`${name}.txt`, Buffer.from(`${source}\n${listing.join('\n')}\n`), 'beginning')
    },
  }
}

interface Entry {
  readonly name: string
  readonly told: string
  /** Infinite for what is no file: to read a FIFO would take for ever. */
  readonly sizeBytes: number
}

/** What is in a folder and one level below it, where plugins of a network may lie (libcni 1.3). */
async function* entriesOf(dir: string, below = ''): AsyncGenerator<Entry> {
  let names: readonly string[]
  try {
    names = (await readdir(path.join(dir, below))).toSorted().slice(0, ENTRIES_MAX)
  } catch (error) {
    yield { name: below, told: messageOf(error), sizeBytes: Infinity }
    return
  }
  for (const entry of names) {
    const name = path.join(below, entry)
    const file = path.join(dir, name)
    const stats = await lstat(file).catch(() => undefined)
    // It has gone meanwhile.
    if (stats === undefined) continue
    const isLink = stats.isSymbolicLink()
    const target = isLink ? await stat(file).catch(() => undefined) : stats
    const kind = isLink
      ? ` -> ${await readlink(file).catch(() => '')}`
      : stats.isDirectory()
        ? '/'
        : ''
    const told = `${stats.mtime.toISOString()} ${stats.size} ${name}${kind}`
    yield { name, told, sizeBytes: target?.isFile() === true ? target.size : Infinity }
    if (stats.isDirectory() && below === '') yield* entriesOf(dir, name)
  }
}

/** Removes the oldest folders below `dir` until there are 20, of `bytesMax` together; never the newest. */
export async function dropOldEvidence(dir: string, bytesMax: number): Promise<void> {
  let bytes = 0
  for (const [index, name] of (await readdir(dir)).toSorted().toReversed().entries()) {
    const folder = path.join(dir, name)
    bytes += await sizeOf(folder)
    if (index > 0 && (bytes > bytesMax || index >= FOLDERS_MAX)) {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true })) {
    const stats = await lstat(path.join(folder, entry))
    bytes += stats.isFile() ? stats.size : 0
  }
  return bytes
}
