import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
} from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, systemCodeOf } from '../../errors.ts'
import { writeWhole } from '../../files.ts'

/** What is at a path of a node. */
export type Content =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file'
      readonly bytes: Buffer
      /** Permission bits; the owner is root unless told. */
      readonly mode: number
      readonly uid?: number
      readonly gid?: number
    }
  | { readonly kind: 'link'; readonly target: string }

/** The files of a node, by their paths on it. */
export interface NodeFiles {
  /** Rejects for what is neither a file nor a link. */
  readonly read: (file: string) => Promise<Content>
  /** Puts it there whole or not at all; its folder is there. */
  readonly put: (file: string, content: Content) => Promise<void>
  /** Removes what a `put` that was ended has left beside the file. */
  readonly tidy: (file: string) => Promise<void>
  /** The names in a folder; none where there is none. */
  readonly list: (dir: string) => Promise<readonly string[]>
  readonly isDir: (dir: string) => Promise<boolean>
  readonly makeDir: (dir: string, mode: number) => Promise<void>
  /** Removes a folder that is empty; leaves one that is not. */
  readonly removeDir: (dir: string) => Promise<void>
}

/** Begun here and renamed, so that it is whole. No runtime and no systemd reads such a file. */
const TEMPORARY = '.tmp'

/** The files below `root`: `/`, or where the node's disk is mounted. */
export function nodeFilesAt(root: string): NodeFiles {
  const at = (file: string) => path.join(root, file)
  const tidy = async (file: string) => {
    for (const end of [TEMPORARY, `${TEMPORARY}.tmp`])
      await rm(`${at(file)}${end}`, { force: true })
  }
  return {
    read: async (file) => {
      const stats = await lstat(at(file)).catch((error: unknown) => {
        if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined
        throw error
      })
      if (stats === undefined) return { kind: 'absent' }
      if (stats.isSymbolicLink()) return { kind: 'link', target: await readlink(at(file)) }
      if (!stats.isFile()) {
        throw new FairleadError('FL_INSTALL', `${file} is neither a file nor a link.`, {
          hint: 'Move it away, and try again.',
        })
      }
      const { uid, gid } = stats
      return { kind: 'file', bytes: await readFile(at(file)), mode: stats.mode & 0o7777, uid, gid }
    },
    put: async (file, content) => {
      const temporary = `${at(file)}${TEMPORARY}`
      await tidy(file)
      if (content.kind === 'absent') return rm(at(file), { force: true })
      if (content.kind === 'link') await symlink(content.target, temporary)
      else {
        const { bytes, mode, uid = 0, gid = 0 } = content
        await writeWhole(temporary, bytes, mode)
        // What the umask has taken away.
        await chmod(temporary, mode)
        if (process.geteuid?.() === 0) await chown(temporary, uid, gid)
      }
      await rename(temporary, at(file))
    },
    tidy,
    list: async (dir) =>
      readdir(at(dir)).catch((error: unknown) => {
        if (systemCodeOf(error) === 'ENOENT') return []
        throw error
      }),
    isDir: async (dir) =>
      lstat(at(dir)).then(
        (stats) => stats.isDirectory(),
        () => false,
      ),
    makeDir: async (dir, mode) => {
      await mkdir(at(dir), { mode })
    },
    removeDir: async (dir) =>
      rmdir(at(dir)).catch((error: unknown) => {
        const code = systemCodeOf(error)
        if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error
      }),
  }
}
