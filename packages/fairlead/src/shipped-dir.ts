import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { getAsset, getAssetKeys, isSea } from 'node:sea'
import { FairleadError } from './errors.ts'

/** The folders of data that ship with Fairlead, each with a file that tells it from another's. */
const MARKS = {
  scenarios: 'scenario.schema.json',
  advisories: 'advisory.schema.json',
} as const

/**
 * A folder of data, of the checkout or package that this file is in, or of the
 * single-file executable, for as long as this process runs.
 *
 * @throws {FairleadError} FL_INSTALL_BROKEN where it is gone.
 */
export function shippedDir(name: keyof typeof MARKS): string {
  if (isSea()) return path.join(unpacked(), name)
  let dir = import.meta.dirname
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

let unpackedDir: string | undefined

function unpacked(): string {
  if (unpackedDir !== undefined) return unpackedDir
  const dir = mkdtempSync(path.join(tmpdir(), 'fairlead-'))
  process.once('exit', () => {
    rmSync(dir, { recursive: true, force: true })
  })
  for (const key of getAssetKeys().filter((asset) => path.dirname(asset) !== '.')) {
    const file = path.join(dir, key)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, new Uint8Array(getAsset(key)))
  }
  unpackedDir = dir
  return dir
}
