import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { FairleadError, messageOf } from '../../errors.ts'
import { isThere } from '../../files.ts'
import { becomeEntry, makeTemporary } from '../../whole-entry.ts'

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
  const temporary = await makeTemporaryIn(cacheDir)
  try {
    await fill(temporary)
    await becomeEntry(temporary, entry)
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

async function makeTemporaryIn(cacheDir: string): Promise<string> {
  try {
    return await makeTemporary(cacheDir)
  } catch (error) {
    throw new FairleadError(
      'FL_CACHE_DIR',
      `The cache folder ${cacheDir} cannot be written: ${messageOf(error)}.`,
      { hint: 'Name another one by --cache or FAIRLEAD_CACHE.', cause: error },
    )
  }
}
