import { lstat, mkdir, readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { otherDirOf } from './conf-dir.ts'
import type { RuntimeFolders } from './runtimes/install.ts'

/** The folder, in each of those that a trial uses, where what was there lies meanwhile. */
const SAVED = '.fairlead-saved'

/**
 * Checks that the folders of a runtime that is there already can be used and put back.
 *
 * @throws {FairleadError} FL_USAGE where one is no folder, FL_SET_ASIDE where a run that was killed has left
 * files aside.
 */
export async function checkFolders({ confDir, binDir }: RuntimeFolders): Promise<void> {
  for (const dir of [confDir, binDir]) {
    const stats = await stat(dir).catch(() => undefined)
    if (stats?.isDirectory() !== true) {
      throw new FairleadError('FL_USAGE', `${dir} is no folder.`, {
        hint: 'Give the conf dir and the bin dir that the runtime uses, by --conf-dir and --bin-dir.',
      })
    }
  }
  const [left] = await present([
    path.join(confDir, SAVED),
    path.join(binDir, SAVED),
    otherDirOf(confDir),
  ])
  if (left === undefined) return
  throw new FairleadError('FL_SET_ASIDE', `${left} is there: a run was killed half-way.`, {
    hint:
      `Remove what the lab has left in ${confDir} and ${binDir}, ` +
      `move what is in ${SAVED} back to them, and remove ${left}.`,
  })
}

/**
 * Empties the conf dir of a runtime, and takes the plugins of these types out of its bin dir. When that is
 * disposed of, everything is as it was: files are renamed, within their folder, so that all of them is kept.
 * What cannot be put back is told.
 */
export async function setAside(
  { confDir, binDir }: RuntimeFolders,
  plugins: readonly string[],
  tell: (problem: string) => void,
): Promise<AsyncDisposable> {
  await checkFolders({ confDir, binDir })
  const executables = new Set(plugins.flatMap((type) => [type, `${type}.tmp`]))
  const aside = [await setAsideIn(confDir, () => true)]
  const putBack = async () => {
    for (const { dir, restore } of aside) {
      await restore().catch((error: unknown) => {
        tell(
          `${dir} could not be put back as it was: ${messageOf(error)}. ` +
            `What was in it is in ${path.join(dir, SAVED)}.`,
        )
      })
    }
    await rm(otherDirOf(confDir), { recursive: true, force: true })
  }
  try {
    aside.push(await setAsideIn(binDir, (name) => executables.has(name)))
  } catch (error) {
    await putBack()
    throw error
  }
  return { [Symbol.asyncDispose]: putBack }
}

interface Aside {
  readonly dir: string
  /** In place of whatever is there then. */
  readonly restore: () => Promise<void>
}

async function setAsideIn(dir: string, isMeant: (name: string) => boolean): Promise<Aside> {
  const saved = path.join(dir, SAVED)
  const { atimeMs, mtimeMs } = await stat(dir)
  const meant = async () =>
    (await readdir(dir)).filter((name) => name !== SAVED && isMeant(name)).sort()
  const moveBack = async () => {
    for (const name of await readdir(saved)) {
      await rename(path.join(saved, name), path.join(dir, name))
    }
    await rmdir(saved)
    await utimes(dir, atimeMs / 1000, mtimeMs / 1000)
  }
  await mkdir(saved, { mode: 0o700 })
  try {
    for (const name of await meant()) await rename(path.join(dir, name), path.join(saved, name))
  } catch (error) {
    await moveBack()
    throw error
  }
  return {
    dir,
    restore: async () => {
      for (const name of await meant()) await rm(path.join(dir, name), { recursive: true })
      await moveBack()
    },
  }
}

/** Those that are there, dangling links too. */
async function present(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(
    files.map((file) =>
      lstat(file).then(
        () => [file],
        () => [],
      ),
    ),
  )
  return there.flat()
}
