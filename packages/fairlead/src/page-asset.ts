import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { getAsset, isSea } from 'node:sea'

/** A file of a page as vite built it: `dist/PAGE` of this package, or within the single-file executable. */
export async function pageAsset(page: 'report-ui' | 'live-ui', name: string): Promise<string> {
  if (isSea()) return getAsset(`${page}/${name}`, 'utf8')
  return readFile(path.resolve(import.meta.dirname, '../dist', page, name), 'utf8')
}
