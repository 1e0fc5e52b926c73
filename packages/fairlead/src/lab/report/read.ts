import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf, systemCodeOf } from '../../errors.ts'
import type { Report } from './report.ts'
import { reportSchema } from './report-schema.ts'
import { REPORT_FILES } from './write.ts'

/** A report that was read, and where it was found. */
export interface ReadReport {
  /** As the user named it. */
  readonly name: string
  /** The folder with its traces and logs. */
  readonly dir: string
  readonly report: Report
}

/**
 * Reads a `report.json`, given by its path or by that of its folder.
 *
 * @throws {FairleadError} FL_REPORT_INVALID with the file and the key that is wrong.
 */
export async function readReport(name: string): Promise<ReadReport> {
  const isFolder = await stat(name).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  const file = path.resolve(isFolder ? path.join(name, REPORT_FILES.json) : name)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const problem = systemCodeOf(error) === 'ENOENT' ? 'it does not exist' : messageOf(error)
    throw invalid(`The report ${shown(file)} cannot be read: ${problem}.`)
  })
  const result = reportSchema.safeParse(parseJson(text, file))
  if (result.success) return { name, dir: path.dirname(file), report: result.data }
  const [issue] = result.error.issues
  const place = issue?.path.join('.') ?? ''
  throw invalid(
    `${shown(file)}: ${place === '' ? '' : `${place}: `}${issue?.message ?? 'not valid'}`,
  )
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(`${shown(file)}: not JSON: ${messageOf(error)}`)
  }
}

function shown(file: string): string {
  return path.relative(process.cwd(), file)
}

function invalid(message: string): FairleadError {
  return new FairleadError('FL_REPORT_INVALID', message, {
    hint: 'Give the report.json of a `fairlead lab run`, or its folder.',
  })
}
