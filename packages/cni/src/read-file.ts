import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** No configuration and no attachment is anywhere near as large. */
const BYTES_MAX = 4 * 1024 * 1024

/**
 * Reads a small file whole. What is no regular file is refused rather than waited for, as a FIFO or a
 * device would have it, and so is one of more than 4 MiB.
 *
 * @throws {Error} the system's, or one that says so.
 */
export async function readSmallFile(
  file: string,
): Promise<{ readonly bytes: Uint8Array; readonly mtimeMs: number }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) throw new Error('it is a folder')
    if (!stat.isFile()) throw new Error('it is not a regular file')
    if (stat.size > BYTES_MAX) throw new Error(`it has more than ${BYTES_MAX} bytes`)
    return { bytes: await handle.readFile(), mtimeMs: stat.mtimeMs }
  } finally {
    await handle.close()
  }
}
