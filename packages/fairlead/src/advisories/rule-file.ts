import path from 'node:path'
import type { z } from 'zod'
import { type FileKind, readDataFile } from '../data-file.ts'
import { ADVISORY_FILE } from './advisory-files.ts'

/**
 * Reads a file of `rules/` in a folder of advisories: what is known of components and is no issue.
 *
 * @throws {FairleadError} FL_ADVISORY_INVALID with file, line and column; FL_ADVISORY_UNKNOWN.
 */
export async function readRuleFile<Schema extends z.ZodType>(
  name: 'distributions' | 'upgrades',
  schema: Schema,
  dir: string,
): Promise<z.output<Schema>> {
  const kind: FileKind = {
    ...ADVISORY_FILE,
    word: 'rule',
    schemaFile: `advisories/rules/${name}.schema.json`,
  }
  const file = path.join(dir, 'rules', `${name}.yaml`)
  return (await readDataFile(file, schema, kind)).value
}
