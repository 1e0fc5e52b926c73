import { access, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { systemCodeOf } from './errors.ts'

/**
 * Makes a folder and those above it. Not `mkdir` with `recursive`: that never ends where the system
 * answers ENOENT for a folder whose parent exists, as below `/proc` (seen on Node.js 24.21).
 */
export async function makeDir(dir: string): Promise<void> {
  try {
    await makeOne(dir)
  } catch (error) {
    const parent = path.dirname(dir)
    if (systemCodeOf(error) !== 'ENOENT' || parent === dir) throw error
    await makeDir(parent)
    await makeOne(dir)
  }
}

/** Makes one folder, or finds that somebody else has. */
async function makeOne(dir: string): Promise<void> {
  try {
    await mkdir(dir)
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
  }
}

/** Whether there is something of that name. */
export async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/**
 * Whether this is a file, as those of a folder that somebody sent have to be: a link may lead anywhere, and whoever
 * reads a pipe or a device may wait for ever.
 */
export async function isPlainFile(file: string): Promise<boolean> {
  return lstat(file).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

/**
 * Writes a file whole or not at all, whenever this process or the machine ends: to a temporary name beside
 * it (`.tmp`), synced, then renamed. What cannot be written leaves nothing behind. One writer at a time.
 */
export async function writeWhole(
  file: string,
  content: string | Uint8Array,
  mode = 0o666,
): Promise<void> {
  const temporary = `${file}.tmp`
  try {
    {
      await using handle = await open(temporary, 'w', mode)
      await handle.writeFile(content)
      await handle.datasync()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Has what was made, renamed or removed in a folder survive a loss of power. */
export async function syncDir(dir: string): Promise<void> {
  await using handle = await open(dir)
  await handle.sync()
}
