import { isSea } from 'node:sea'
import path from 'node:path'

/** The program and first arguments that run this very Fairlead; a command's own come after them. */
export function ownCommand(): readonly string[] {
  // The single-file executable is Node.js and program in one.
  if (isSea()) return [process.execPath]
  // One folder up from both src/ and dist/ lies the package.
  return [process.execPath, path.resolve(import.meta.dirname, '../bin/fairlead.js')]
}
