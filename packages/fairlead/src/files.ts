import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { systemCodeOf } from './errors.ts'

/**
 * Makes a folder and those above it. Not `mkdir` with `recursive`: that never ends where the system
 * answers ENOENT for a folder whose parent exists, as below `/proc` (seen on Node.js 24.21).
 */
export async function makeDir(dir: string): Promise<void> {
  try {
    await mkdir(dir)
  } catch (error) {
    const parent = path.dirname(dir)
    switch (systemCodeOf(error)) {
      case 'EEXIST':
        return
      case 'ENOENT':
        if (parent === dir) throw error
        await makeDir(parent)
        await mkdir(dir)
        return
      default:
        throw error
    }
  }
}
