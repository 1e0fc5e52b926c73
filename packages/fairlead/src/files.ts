import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { systemCodeOf } from './errors.ts'

/**
 * Makes a folder and those above it. Not `mkdir` with `recursive`: that never ends where the system
 * answers ENOENT for a folder whose parent exists, as below `/proc` (seen on Node.js 24.21).
 */
export async function makeDir(dir: string): Promise<void> {
  try {
    await makeOne(dir)
  } catch (error) {
    const parent = path.dirname(dir)
    if (systemCodeOf(error) !== 'ENOENT' || parent === dir) throw error
    await makeDir(parent)
    await makeOne(dir)
  }
}

/** Makes one folder, or finds that somebody else has. */
async function makeOne(dir: string): Promise<void> {
  try {
    await mkdir(dir)
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
  }
}
