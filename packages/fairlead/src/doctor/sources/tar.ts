import type { ByteStream } from './byte-stream.ts'

const BLOCK = 512
/** A header that extends another is a path and a few times. Some bundle that says otherwise fills no memory. */
const EXTENSION_LIMIT = 64 * 1024

/** What an archive holds: a file with its bytes, or something that is no file. */
export interface ArchiveEntry {
  readonly path: string
  readonly modifiedMs: number | undefined
  readonly body: AsyncIterable<Uint8Array>
}

/** Something of an archive that is not read. */
export interface NotRead {
  readonly path: string
  readonly why: string
}

/** Whether bytes begin as a tar archive does: POSIX's `ustar`, and GNU's. */
export function isTar(head: Buffer): boolean {
  return head.length >= BLOCK && head.toString('latin1', 257, 262) === 'ustar' && hasSum(head)
}

/**
 * The files of a tar archive, one after the other as they come, in the formats of POSIX (pax) and GNU. No
 * file is written, so names that lead elsewhere lead nowhere; links and devices are only told of.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
export async function* tarEntries(
  bytes: ByteStream,
  notRead: (what: NotRead) => void,
): AsyncGenerator<ArchiveEntry, void> {
  let longName: string | undefined
  for (;;) {
    const header = await bytes.read(BLOCK)
    // Two empty blocks end an archive; many writers leave them out.
    if (header.length < BLOCK || header.every((byte) => byte === 0)) return
    if (!hasSum(header)) {
      notRead({
        path: longName ?? '',
        why: 'the archive is damaged here; the rest of it is not read',
      })
      return
    }
    const { name, size, modifiedMs, type } = fields(header)
    const path = longName ?? name
    let left = size
    async function* body(): AsyncGenerator<Uint8Array, void> {
      for await (const part of bytes.take(size)) {
        left -= part.length
        yield part
      }
      if (left > 0) throw new Error('the archive ends in the middle of this file')
    }
    longName = undefined
    if (type === 'L' || type === 'x') {
      const content = await bytes.read(Math.min(size, EXTENSION_LIMIT))
      left -= content.length
      longName = type === 'L' ? text(content) : paxPath(content)
      if (size > EXTENSION_LIMIT) notRead({ path, why: 'its header is longer than any path' })
    } else if (type === '0' || type === '\0' || type === '7') {
      yield { path, modifiedMs, body: body() }
    } else if (type !== '5' && type !== 'g') {
      notRead({ path, why: KINDS[type] ?? 'is no regular file' })
    }
    const padding = (BLOCK - (size % BLOCK)) % BLOCK
    if ((await bytes.skip(left)) < left) return
    await bytes.skip(padding)
  }
}

const KINDS: Readonly<Record<string, string>> = {
  '1': 'is a link, which is not followed',
  '2': 'is a link, which is not followed',
  '3': 'is a device',
  '4': 'is a device',
  '6': 'is a pipe',
  S: 'is a sparse file',
}

function fields(header: Buffer) {
  const prefix =
    header.toString('latin1', 257, 263) === 'ustar\0' ? text(header.subarray(345, 500)) : ''
  const name = text(header.subarray(0, 100))
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: number(header.subarray(124, 136)),
    modifiedMs: number(header.subarray(136, 148)) * 1000,
    type: String.fromCharCode(header[156] ?? 0),
  }
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? undefined : end)
}

/** Octal digits, or, where they do not suffice, GNU's big-endian number behind a set first bit. */
function number(bytes: Buffer): number {
  if (((bytes[0] ?? 0) & 0x80) !== 0) {
    const value = bytes.readUIntBE(bytes.length - 6, 6)
    return Number.isSafeInteger(value) ? value : 0
  }
  const digits = /^[ 0]*([0-7]*)/.exec(bytes.toString('latin1'))?.[1] ?? ''
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

/** The path in the records of a pax header: `30 path=some/long/name\n`. */
function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d{1,8} path=([^\n]*)/.exec(content.toString('utf8'))?.[1]
}

/** The sum of the header's bytes, with its own place taken for spaces. */
function hasSum(header: Buffer): boolean {
  let sum = 0
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : (header[at] ?? 0)
  return sum === number(header.subarray(148, 156))
}
