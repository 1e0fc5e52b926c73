import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'

/** Everything of a folder that can be told apart: a line for each entry, with its bytes; for tests. */
export async function folderState(dir: string): Promise<string[]> {
  const names = await readdir(dir, { recursive: true })
  return Promise.all(
    ['.', ...names.toSorted()].map(async (name) => {
      const file = path.join(dir, name)
      const stats = await lstat(file)
      const content = stats.isSymbolicLink()
        ? await readlink(file)
        : stats.isFile()
          ? await readFile(file, 'base64')
          : ''
      const { ino, mode, uid, gid, mtimeMs } = stats
      return [name, ino, mode.toString(8), uid, gid, mtimeMs, content].join(' ')
    }),
  )
}
