import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

let made: string | undefined
/** In memory, where there is such a place: every input is written there. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A folder of this thread's own, for readers that are given paths; gone when the thread ends. */
export function scratchDir(): string {
  if (made !== undefined) return made
  const dir = mkdtempSync(path.join(PARENT, 'fairlead-fuzz-'))
  process.once('exit', () => {
    rmSync(dir, { recursive: true, force: true })
  })
  made = dir
  return dir
}

/** Writes an input to a file of that folder, over what is there. */
export function scratchFile(name: string, input: string | Buffer): string {
  const file = path.join(scratchDir(), name)
  writeFileSync(file, input)
  return file
}
