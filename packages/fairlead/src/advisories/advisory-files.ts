import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type FileKind, readDataFile } from '../data-file.ts'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { shippedDir } from '../shipped-dir.ts'
import { type Advisory, advisorySchema } from './advisory.ts'
import { problemsOf } from './problems.ts'

/** How an advisory's file is spoken of. */
export const ADVISORY_FILE: FileKind = {
  word: 'advisory',
  schemaFile: 'advisories/advisory.schema.json',
  unknown: 'FL_ADVISORY_UNKNOWN',
  invalid: 'FL_ADVISORY_INVALID',
  give: 'Give the path of a YAML file, or of a folder of them.',
}

/**
 * The advisories that ship with Fairlead, or those of another folder, in the order of their ids.
 *
 * @throws {FairleadError} FL_ADVISORY_INVALID with file, line and column; FL_ADVISORY_UNKNOWN.
 */
export async function loadAdvisories(
  dir: string = shippedDir('advisories'),
): Promise<readonly Advisory[]> {
  return Promise.all((await advisoryFiles(dir)).map(readAdvisory))
}

/**
 * The advisory with an id.
 *
 * @throws {FairleadError} FL_ADVISORY_UNKNOWN, with those that are named nearly so.
 */
export function findAdvisory(id: string, advisories: readonly Advisory[]): Advisory {
  const found = advisories.find((advisory) => advisory.id === id)
  if (found !== undefined) return found
  const words = id.toLowerCase().split('-')
  const alike = advisories
    .map((advisory) => ({
      id: advisory.id,
      shared: words.filter((word) => advisory.id.split('-').includes(word)).length,
    }))
    .filter(({ shared }) => shared > 0)
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, 3)
  throw new FairleadError('FL_ADVISORY_UNKNOWN', `There is no advisory "${id}".`, {
    hint:
      alike.length === 0
        ? 'fairlead advisories list names those there are.'
        : `Did you mean ${alike.map((advisory) => advisory.id).join(', ')}?`,
  })
}

/**
 * One advisory.
 *
 * @throws {FairleadError} FL_ADVISORY_INVALID with file, line and column; FL_ADVISORY_UNKNOWN.
 */
export async function readAdvisory(file: string): Promise<Advisory> {
  const { value, reject } = await readDataFile(file, advisorySchema, ADVISORY_FILE)
  const id = path.basename(file, '.yaml')
  if (value.id !== id) reject(['id'], `the file is named ${id}.yaml, so expected ${id}`)
  for (const { at, problem } of problemsOf(value)) return reject(at, problem)
  return value
}

/**
 * The files of advisories in a folder, in the order of their names; a file is itself.
 *
 * @throws {FairleadError} FL_ADVISORY_UNKNOWN where there are none.
 */
async function advisoryFiles(fileOrDir: string): Promise<readonly string[]> {
  try {
    if (!(await stat(fileOrDir)).isDirectory()) return [fileOrDir]
    const names = (await readdir(fileOrDir)).filter((name) => name.endsWith('.yaml'))
    if (names.length > 0) return names.sort().map((name) => path.join(fileOrDir, name))
  } catch (error) {
    throw new FairleadError(
      'FL_ADVISORY_UNKNOWN',
      systemCodeOf(error) === 'ENOENT'
        ? `There is no file or folder ${fileOrDir}.`
        : `${fileOrDir} cannot be read: ${messageOf(error)}.`,
      { hint: ADVISORY_FILE.give },
    )
  }
  throw new FairleadError('FL_ADVISORY_UNKNOWN', `There is no advisory in ${fileOrDir}.`, {
    hint: 'Advisories are files that end in .yaml.',
  })
}

/**
 * Checks advisories one by one; `problems` has one error for each file that is not valid.
 *
 * @throws {FairleadError} FL_ADVISORY_UNKNOWN for a path with no advisory.
 */
export async function lintAdvisories(
  paths: readonly string[],
): Promise<{ readonly count: number; readonly problems: readonly FairleadError[] }> {
  const files = new Set((await Promise.all(paths.map(advisoryFiles))).flat())
  const problems: FairleadError[] = []
  const firstWith = new Map<string, string>()
  for (const file of files) {
    try {
      const { id } = await readAdvisory(file)
      const first = firstWith.get(id)
      if (first === undefined) firstWith.set(id, file)
      else throw invalid(`${path.relative(process.cwd(), file)}: the id is that of ${first}, too`)
    } catch (error) {
      if (!(error instanceof FairleadError)) throw error
      problems.push(error)
    }
  }
  return { count: files.size, problems }
}

function invalid(message: string): FairleadError {
  return new FairleadError('FL_ADVISORY_INVALID', message, { hint: 'An id is for one file only.' })
}
