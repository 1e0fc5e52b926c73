import { constants, type Stats } from 'node:fs'
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, systemCodeOf } from '../errors.ts'
import type { DirReading, Entry } from './reading.ts'

/** No configuration is anywhere near as large; more of a file is not read. */
const BYTES_MAX = 4 * 1024 * 1024
/** A folder with more is no conf dir. */
const ENTRIES_MAX = 2000

/** Reads a conf dir and the folders in it. Never waits for a FIFO, never throws. */
export async function readDir(dir: string): Promise<DirReading> {
  const linksTo = await linkAt(dir)
  const link = linksTo === undefined ? {} : { linksTo }
  try {
    if (!(await stat(dir)).isDirectory()) return { kind: 'unreadable', dir, why: 'it is no folder' }
    return { kind: 'folder', dir, entries: await readEntries(dir, 1), ...link }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { kind: 'missing', dir, ...link }
    return { kind: 'unreadable', dir, why: messageOf(error) }
  }
}

/** What the first link on the way to `dir` says, its parents included; undefined if there is none. */
async function linkAt(dir: string): Promise<string | undefined> {
  // `/proc/<pid>/root` is how the folder of another mount namespace is reached, and no link of its own.
  if (dir.startsWith('/proc/')) return undefined
  const parts = path.resolve(dir).split('/')
  for (let length = 2; length <= parts.length; length += 1) {
    const linksTo = await readlink(parts.slice(0, length).join('/')).catch(() => undefined)
    if (linksTo !== undefined) return linksTo
  }
  return undefined
}

async function readEntries(dir: string, depth: number): Promise<readonly Entry[]> {
  const names = await readdir(dir)
  if (names.length > ENTRIES_MAX) throw new Error(`it has more than ${ENTRIES_MAX} entries`)
  return Promise.all(names.map((name) => readEntry(dir, name, depth)))
}

async function readEntry(dir: string, name: string, depth: number): Promise<Entry> {
  const file = path.join(dir, name)
  try {
    const own = await lstat(file)
    if (own.isDirectory()) {
      const entries = depth === 0 ? [] : await readEntries(file, depth - 1)
      return { name, mtimeMs: own.mtimeMs, kind: 'folder', entries }
    }
    if (!own.isSymbolicLink()) return await readOpened(file, name, own)
    const linksTo = await readlink(file)
    const target = await stat(file).catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (target === undefined) return { name, mtimeMs: own.mtimeMs, kind: 'dangling-link', linksTo }
    if (target.isDirectory()) {
      const entries = depth === 0 ? [] : await readEntries(file, depth - 1)
      return { name, mtimeMs: own.mtimeMs, kind: 'link-to-folder', linksTo, entries }
    }
    const entry = await readOpened(file, name, target)
    return entry.kind === 'file' ? { ...entry, linksTo } : entry
  } catch (error) {
    return { name, mtimeMs: 0, kind: 'unreadable', why: messageOf(error) }
  }
}

async function readOpened(file: string, name: string, stats: Stats): Promise<Entry> {
  const { mtimeMs } = stats
  if (!stats.isFile()) {
    const what = stats.isFIFO() ? 'FIFO' : stats.isSocket() ? 'socket' : 'device'
    return { name, mtimeMs, kind: 'special', what }
  }
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(stats.size, BYTES_MAX)))
    return { name, mtimeMs, kind: 'file', bytes: buffer.subarray(0, bytesRead) }
  } finally {
    await handle.close()
  }
}
