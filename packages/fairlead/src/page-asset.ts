import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of a page as vite built it: `dist/PAGE` of this package. */
export async function pageAsset(page: 'report-ui' | 'live-ui', name: string): Promise<string> {
  const packageDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
  return readFile(path.join(packageDir, 'dist', page, name), 'utf8')
}
