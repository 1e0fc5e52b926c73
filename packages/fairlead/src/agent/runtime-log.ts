import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'

/** More is not kept of a log. */
export const LOG_BYTES_MAX: number = 1024 * 1024
const LINES = 2_000

/**
 * The last lines of a runtime's log: out of the journal, where its process writes, or of a file. Rejects
 * where there is none, or it takes too long.
 */
export async function lastLogLines(
  log: string,
  pid: number,
  signal: AbortSignal,
  journalctl = 'journalctl',
): Promise<Uint8Array> {
  const lines = log === 'journal' ? await journalLines(pid, signal, journalctl) : await endOf(log)
  if (lines.length > 0) return lines
  throw new Error(
    log === 'journal' ? `the journal has no line of process ${pid}` : `${log} is empty`,
  )
}

async function journalLines(pid: number, signal: AbortSignal, journalctl: string) {
  const { stdout } = await promisify(execFile)(
    journalctl,
    // prettier-ignore
    ['--no-pager', '--quiet', '--boot', '--lines', `${LINES}`, '--output', 'short-iso-precise', `_PID=${pid}`],
    { encoding: 'buffer', maxBuffer: 64 * LOG_BYTES_MAX, signal, killSignal: 'SIGKILL' },
  )
  return stdout.subarray(-LOG_BYTES_MAX)
}

async function endOf(file: string): Promise<Uint8Array> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  const length = Math.min(size, LOG_BYTES_MAX)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.subarray(0, bytesRead)
}
