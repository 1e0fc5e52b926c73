import { open, readdir, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { isThere, makeDir, syncDir } from '../files.ts'
import { becomeEntry, makeTemporary } from '../whole-entry.ts'
import type { BundleContent } from './bundle.ts'

/** Advisories that came by an update: a folder for each sequence number, of which the highest counts. */
export interface UpdatedAdvisories {
  readonly dir: string
  readonly sequence: number
}

/** `$FAIRLEAD_STATE`, or `fairlead` in the user's state folder (XDG base directories). */
export function defaultStateDir(env: NodeJS.ProcessEnv): string {
  if (env['FAIRLEAD_STATE']) return env['FAIRLEAD_STATE']
  return path.join(env['XDG_STATE_HOME'] ?? path.join(homedir(), '.local', 'state'), 'fairlead')
}

/**
 * The newest update below a state folder; undefined where there is none.
 *
 * @throws {FairleadError} FL_STATE_DIR where it cannot be read.
 */
export async function updatedAdvisories(stateDir: string): Promise<UpdatedAdvisories | undefined> {
  const dir = path.join(stateDir, 'advisories')
  const names = await readdir(dir).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw unusable(dir, error)
  })
  const sequences = names.filter((name) => /^\d{1,15}$/.test(name)).map(Number)
  if (sequences.length === 0) return undefined
  const sequence = Math.max(...sequences)
  return { dir: path.join(dir, String(sequence)), sequence }
}

/**
 * Puts a bundle's advisories below a state folder, whole or not at all, once `check` has seen them. The
 * number is the folder's name, so that two updates at once cannot put the older in place of the newer.
 *
 * @throws {FairleadError} FL_STATE_DIR where it cannot be written; whatever `check` throws.
 */
export async function storeAdvisories(
  stateDir: string,
  { sequence, files }: BundleContent,
  check: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = path.join(stateDir, 'advisories')
  let temporary: string | undefined
  try {
    temporary = await makeTemporary(dir)
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(temporary, name)
      await makeDir(path.dirname(file))
      await writeThrough(file, text)
    }
    await check(temporary)
    await becomeEntry(temporary, path.join(dir, String(sequence)))
    await syncDir(dir)
    await removeOlder(dir, sequence)
  } catch (error) {
    throw error instanceof FairleadError ? error : unusable(dir, error)
  } finally {
    if (temporary !== undefined && (await isThere(temporary))) {
      await rm(temporary, { recursive: true, force: true })
    }
  }
}

/** On disk before it is renamed: a machine that loses power must not keep an empty file. */
async function writeThrough(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx')
  await handle.writeFile(text)
  await handle.sync()
}

async function removeOlder(dir: string, sequence: number): Promise<void> {
  for (const name of await readdir(dir)) {
    if (/^\d{1,15}$/.test(name) && Number(name) < sequence) {
      await rm(path.join(dir, name), { recursive: true, force: true })
    }
  }
}

function unusable(dir: string, error: unknown): FairleadError {
  return new FairleadError('FL_STATE_DIR', `${dir} cannot be used: ${messageOf(error)}.`, {
    hint: 'Name another state folder by FAIRLEAD_STATE.',
    cause: error,
  })
}
