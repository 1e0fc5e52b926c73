import { type Entry, openPromise, type ZipFile } from 'yauzl'
import type { ArchiveEntry, NotRead } from './tar.ts'

/**
 * The files of a zip archive. Names are taken as bytes: yauzl ends the whole archive at one that leads out
 * of it, and here such a name costs only its own file.
 */
export async function* zipEntries(
  file: string,
  notRead: (what: NotRead) => void,
): AsyncGenerator<ArchiveEntry, void> {
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, decodeStrings: false })
  try {
    for await (const entry of zip.eachEntry()) {
      const path = nameOf(entry)
      if (path.endsWith('/')) continue
      if (isLink(entry)) notRead({ path, why: 'is a link, which is not followed' })
      else if (!entry.canDecodeFileData())
        notRead({ path, why: 'is encrypted, or packed in a way that is not read' })
      else yield { path, modifiedMs: entry.getLastModDate().getTime(), body: bodyOf(zip, entry) }
    }
  } finally {
    zip.close()
  }
}

async function* bodyOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array, void> {
  const stream = await zip.openReadStreamPromise(entry)
  try {
    for await (const part of stream) yield part as Uint8Array
  } finally {
    stream.destroy()
  }
}

function nameOf({ fileName }: Entry): string {
  // A Buffer, since strings are not decoded; the types know of text only.
  const bytes: unknown = fileName
  const name = Buffer.isBuffer(bytes) ? bytes.toString('utf8') : String(bytes)
  return name.replaceAll('\\', '/')
}

const FILE_TYPE = 0xf000
const LINK = 0xa000

/** Unix keeps the mode of a file in the upper half of its external attributes. */
function isLink({ externalFileAttributes }: Entry): boolean {
  return ((externalFileAttributes >>> 16) & FILE_TYPE) === LINK
}
