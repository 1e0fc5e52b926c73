import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { FairleadError } from './errors.ts'

/** The folders of data that ship with Fairlead, each with a file that tells it from another's. */
const MARKS = {
  scenarios: 'scenario.schema.json',
  advisories: 'advisory.schema.json',
} as const

/**
 * A folder of data, of the checkout or of the package that this file is in.
 *
 * @throws {FairleadError} FL_INSTALL_BROKEN where it is gone.
 */
export function shippedDir(name: keyof typeof MARKS): string {
  let dir = path.dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = path.join(dir, name)
    if (existsSync(path.join(candidate, MARKS[name]))) return candidate
    const parent = path.dirname(dir)
    if (parent === dir) {
      throw new FairleadError(
        'FL_INSTALL_BROKEN',
        `The ${name} that ship with Fairlead are gone.`,
        {
          hint: 'Install Fairlead again.',
        },
      )
    }
    dir = parent
  }
}
