import { writeFile } from 'node:fs/promises'
import { FairleadError, messageOf } from '../errors.ts'
import type { CliContext } from './context.ts'

/**
 * Writes a page to the file that `--html` names, and tells so.
 *
 * @throws {FairleadError} FL_REPORT_DIR where it cannot be written.
 */
export async function writePage(
  file: string,
  html: string,
  { process: { stderr } }: CliContext,
): Promise<void> {
  try {
    await writeFile(file, html)
  } catch (error) {
    throw new FairleadError('FL_REPORT_DIR', `Cannot write the page: ${messageOf(error)}.`, {
      cause: error,
    })
  }
  stderr.write(`Page: ${file}\n`)
}
