import { access, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { FairleadError, messageOf } from '../../errors.ts'
import { makeDir } from '../../files.ts'

const TEMPORARY = /^\.tmp-(\d+)-/

/** `$FAIRLEAD_CACHE`, or `fairlead` in the user's cache folder (XDG base directories). */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  if (env['FAIRLEAD_CACHE']) return env['FAIRLEAD_CACHE']
  return path.join(env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'fairlead')
}

/**
 * The entry `name` of the cache; `fill` makes it in an empty folder if it is not there. An entry is
 * there whole or not at all, also when two processes fill it at once or one is killed.
 *
 * @throws {FairleadError} FL_CACHE_DIR when the cache folder cannot be written.
 */
export async function cached(
  cacheDir: string,
  name: string,
  fill: (dir: string) => Promise<void>,
): Promise<string> {
  const entry = path.join(cacheDir, name)
  if (await isThere(entry)) return entry
  const temporary = await makeTemporary(cacheDir)
  try {
    await fill(temporary)
    await rename(temporary, entry).catch(async (error: unknown) => {
      // Somebody else was faster; theirs is as good.
      if (!(await isThere(entry))) throw error
    })
    return entry
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Whether the cache holds `name`, and where. */
export async function cachedEntry(cacheDir: string, name: string): Promise<string | undefined> {
  const entry = path.join(cacheDir, name)
  return (await isThere(entry)) ? entry : undefined
}

async function makeTemporary(cacheDir: string): Promise<string> {
  try {
    await makeDir(cacheDir)
    await removeOrphans(cacheDir)
    return await mkdtemp(path.join(cacheDir, `.tmp-${process.pid}-`))
  } catch (error) {
    throw new FairleadError(
      'FL_CACHE_DIR',
      `The cache folder ${cacheDir} cannot be written: ${messageOf(error)}.`,
      { hint: 'Name another one by --cache or FAIRLEAD_CACHE.', cause: error },
    )
  }
}

/** Removes what a killed process had begun. */
async function removeOrphans(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const pid = TEMPORARY.exec(name)?.[1]
    if (pid !== undefined && !(await isThere(`/proc/${pid}`))) {
      await rm(path.join(cacheDir, name), { recursive: true, force: true })
    }
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
