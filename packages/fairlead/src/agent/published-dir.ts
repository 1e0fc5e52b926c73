import { lstat, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { CONF_EXTENSIONS } from '@fairlead/cni'
import { systemCodeOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import type { Files, Move } from './publication.ts'

/** The folder that the runtime loads its networks from. */
export interface PublishedDir {
  /** The configuration files that it holds, whoever put them there. */
  readonly read: () => Promise<Files>
  readonly make: (move: Move) => Promise<void>
  /** Makes the runtime load the folder once more, as it is. */
  readonly kick: () => Promise<void>
  /** Takes a file out of the folder and keeps it in `to`. */
  readonly setAside: (file: string, to: string) => Promise<void>
}

// No extension of a config: no runtime loads it.
const PENDING = '.fairlead-pending'

/**
 * A folder of this machine, with one beside it for what is on the way: a file is written and synced
 * there, and moved in whole. The folder itself is made when it is not there, and never removed, renamed
 * or a link: containerd 2.1 and later ends when its conf_dir goes.
 */
export async function openPublishedDir(dir: string): Promise<PublishedDir> {
  // On the same file system, so that a rename is one step; and not watched by anybody.
  const staging = path.join(path.dirname(dir), `.${path.basename(dir)}.staging`)
  await makeDir(dir)
  await makeDir(staging)
  const [own, beside] = await Promise.all([lstat(dir), lstat(staging)])
  if (own.isSymbolicLink()) throw new Error('it is a link, and the runtime may end when it changes')
  if (!own.isDirectory()) throw new Error('it is no folder')
  if (own.dev !== beside.dev) throw new Error('it is a mount of its own; mount the folder above it')
  // What an end by kill -9 may have left.
  await rm(path.join(dir, PENDING), { force: true })

  const stage = async (file: string, text: string): Promise<string> => {
    const staged = path.join(staging, file)
    await using handle = await open(staged, 'w', 0o600)
    await handle.writeFile(text)
    await handle.sync()
    return staged
  }
  const sync = async (): Promise<void> => {
    await using handle = await open(dir, 'r')
    await handle.sync()
  }
  return {
    read: () => readConfigs(dir),
    make: async (move) => {
      const target = path.join(dir, move.file)
      if (move.kind === 'remove-and-load') {
        await rm(target, { force: true })
      } else {
        const staged = await stage(move.file, move.text)
        const pending = path.join(dir, PENDING)
        if (move.kind === 'bring') await rename(staged, target)
        else {
          await rename(staged, pending)
          await rename(pending, target)
        }
      }
      await sync()
    },
    kick: async () => {
      await rename(await stage(PENDING, ''), path.join(dir, PENDING))
      await rm(path.join(dir, PENDING))
    },
    setAside: async (file, to) => {
      await makeDir(to)
      const text = await readFile(path.join(dir, file), 'utf8')
      await using handle = await open(path.join(to, file), 'w', 0o600)
      await handle.writeFile(text)
      await rm(path.join(dir, file))
    },
  }
}

/** The configuration files of a folder; none where there is no folder. */
export async function readConfigs(dir: string): Promise<Files> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  })
  const files = new Map<string, string>()
  for (const entry of entries) {
    if (entry.isDirectory() || !CONF_EXTENSIONS.includes(path.extname(entry.name))) continue
    const file = path.join(dir, entry.name)
    // It may go, or be a link to nowhere, while it is looked at; whoever reads a pipe waits for a writer.
    const isFile = await stat(file).then(
      (stats) => stats.isFile(),
      () => false,
    )
    const text = isFile ? await readFile(file, 'utf8').catch(() => undefined) : undefined
    if (text !== undefined) files.set(entry.name, text)
  }
  return files
}
