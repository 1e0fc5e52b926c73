import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { isThere, makeDir } from './files.ts'

const TEMPORARY = /^\.tmp-(\d+)-/

/**
 * A new folder below `dir`, to be filled and then made an entry. What killed processes have begun there
 * is removed.
 */
export async function makeTemporary(dir: string): Promise<string> {
  await makeDir(dir)
  for (const name of await readdir(dir)) {
    const pid = TEMPORARY.exec(name)?.[1]
    if (pid !== undefined && !(await isThere(`/proc/${pid}`))) {
      await rm(path.join(dir, name), { recursive: true, force: true })
    }
  }
  return mkdtemp(path.join(dir, `.tmp-${process.pid}-`))
}

/** Makes a folder from {@link makeTemporary} the entry, unless somebody else was faster. */
export async function becomeEntry(temporary: string, entry: string): Promise<void> {
  await rename(temporary, entry).catch(async (error: unknown) => {
    // Theirs is as good.
    if (!(await isThere(entry))) throw error
  })
}
