import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** The files of a folder. */
export type ConfFiles = ReadonlyMap<string, ConfFile>

interface ConfFile {
  readonly sizeBytes: number
  readonly inode: number
  /** When it was last written or renamed, ms since 1970. */
  readonly changedMs: number
}

/** A file that has been written, or is gone (`null`). */
export interface ConfChange {
  readonly file: string
  readonly sizeBytes: number | null
  readonly atMs: number
}

/** Looks at a conf dir; one that cannot be read has no files. */
export async function confFilesOf(dir: string): Promise<ConfFiles> {
  const files = new Map<string, ConfFile>()
  for (const name of await readdir(dir).catch(() => [])) {
    // It may be gone by now, or a link that leads nowhere.
    const stats = await stat(path.join(dir, name)).catch(() => undefined)
    if (stats?.isFile() !== true) continue
    files.set(name, { sizeBytes: stats.size, inode: stats.ino, changedMs: stats.ctimeMs })
  }
  return files
}

/** What has changed from one look to the next, which was at `atMs`. */
export function confChanges(
  before: ConfFiles,
  now: ConfFiles,
  atMs: number,
): readonly ConfChange[] {
  const changes: ConfChange[] = []
  for (const [file, { sizeBytes, inode, changedMs }] of now) {
    const known = before.get(file)
    if (known?.inode === inode && known.changedMs === changedMs) continue
    changes.push({ file, sizeBytes, atMs: Math.min(Math.round(changedMs), atMs) })
  }
  for (const file of before.keys()) {
    if (!now.has(file)) changes.push({ file, sizeBytes: null, atMs })
  }
  return changes
}
