import { readdir } from 'node:fs/promises'
import { shippedDir } from '../shipped-dir.ts'

/** The names of what ships in a folder of data that begin so, for a shell to complete. */
export async function shippedNames(
  folder: Parameters<typeof shippedDir>[0],
  partial: string,
): Promise<readonly string[]> {
  return (await readdir(shippedDir(folder)))
    .filter((file) => file.startsWith(partial) && file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
}
