import { chmod, copyFile, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError } from '../errors.ts'
import { isThere, syncDir } from '../files.ts'
import { becomeEntry, makeTemporary } from '../whole-entry.ts'

// CD@v1.7.34, v2.3.4:plugins/metadata/plugin.go.
const METADATA = path.join('io.containerd.metadata.v1.bolt', 'meta.db')
const COPY = 'meta.db'
/** Copies are of the last changes; older ones are of no use, since pods have come and gone. */
const COPIES_MAX = 3
/** For the state, and for whoever else writes there. */
const SPARE_BYTES = 16 * 1024 * 1024

/**
 * Whether there is room for a copy of a runtime's metadata.
 *
 * @throws {FairleadError} FL_STATE_DIR where there is none.
 */
export async function checkRoom(rootDir: string, slotsDir: string): Promise<void> {
  const size = (await isThere(path.join(rootDir, METADATA)))
    ? (await stat(path.join(rootDir, METADATA))).size
    : 0
  const { bavail, bsize } = await statfs(slotsDir)
  if (bavail * bsize >= size + SPARE_BYTES) return
  throw new FairleadError(
    'FL_STATE_DIR',
    `${slotsDir} has ${megabytes(bavail * bsize)} left, and ${megabytes(size + SPARE_BYTES)} are needed for a copy of the runtime's metadata.`,
    { hint: 'fairlead runtime-slot gc removes what is not needed.' },
  )
}

/** Copies the metadata of a runtime that is stopped, whole or not at all; false where it has none. */
export async function saveMetadata(
  rootDir: string,
  slotsDir: string,
  id: string,
): Promise<boolean> {
  const file = path.join(rootDir, METADATA)
  if (!(await isThere(file))) return false
  const backups = path.join(slotsDir, 'backups')
  const entry = path.join(backups, folderOf(id))
  const temporary = await makeTemporary(backups)
  try {
    await copyThrough(file, path.join(temporary, COPY))
    await syncDir(temporary)
    // One that a killed run has made is of the same moment: nothing has started since.
    await becomeEntry(temporary, entry)
    await syncDir(backups)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  const copies = (await readdir(backups)).filter((name) => !name.startsWith('.')).toSorted()
  for (const old of copies.slice(0, -COPIES_MAX)) {
    await rm(path.join(backups, old), { recursive: true, force: true })
  }
  return true
}

/** Puts that copy back, whole or not at all. The runtime has to be stopped. */
export async function restoreMetadata(
  rootDir: string,
  slotsDir: string,
  id: string,
): Promise<void> {
  const file = path.join(rootDir, METADATA)
  const temporary = `${file}.fairlead`
  await mkdir(path.dirname(file), { recursive: true })
  try {
    await copyThrough(path.join(slotsDir, 'backups', folderOf(id), COPY), temporary)
    await rename(temporary, file)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncDir(path.dirname(file))
}

async function copyThrough(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  await chmod(to, (await stat(from)).mode)
  await using handle = await open(to)
  await handle.sync()
}

function folderOf(id: string): string {
  return id.replaceAll(':', '-')
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`
}
