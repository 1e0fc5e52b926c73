import type { KeyObject } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { type BundleContent, signBundle } from './bundle.ts'
import { loadFolder } from './knowledge.ts'

/**
 * Makes a signed bundle of a folder of advisories, once all of them were seen to be valid.
 *
 * @throws {FairleadError} FL_ADVISORY_INVALID, FL_ADVISORY_UNKNOWN; FL_FILE_WRITE.
 */
export async function exportAdvisories({
  dir,
  file,
  privateKey,
  atMs,
  sequence = Math.floor(atMs / 1000),
}: {
  readonly dir: string
  readonly file: string
  readonly privateKey: KeyObject
  /** Now, in ms since 1970. */
  readonly atMs: number
  /** The place in the order of bundles. Default: the seconds since 1970. */
  readonly sequence?: number
}): Promise<{ readonly sequence: number; readonly count: number }> {
  const { advisories } = await loadFolder(dir)
  const content: BundleContent = {
    sequence,
    created: new Date(atMs).toISOString(),
    files: await filesOf(dir),
  }
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await writeFile(temporary, signBundle(content, privateKey), { flush: true })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new FairleadError('FL_FILE_WRITE', `${file} cannot be written: ${messageOf(error)}.`, {
      hint: 'Name another file by -o.',
      cause: error,
    })
  }
  return { sequence, count: advisories.length }
}

async function filesOf(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.yaml'))
  const texts = names
    .sort()
    .map(async (name) => [name, await readFile(path.join(dir, name), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts))
}
