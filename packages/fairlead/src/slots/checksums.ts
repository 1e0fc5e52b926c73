import { createHash, type KeyObject } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { openSignedText, type SignedKind, signText } from '../signed-text.ts'

const KIND: SignedKind = {
  mark: 'fairlead-checksums 1',
  word: 'signed list of checksums',
  make: 'fairlead runtime-slot sign makes one of what sha256sum prints.',
}

/** The SHA-256 of a file's content, as hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/**
 * Signs a file of what `sha256sum` prints.
 *
 * @throws {FairleadError} FL_USAGE where it is not there; FL_SLOT_INVALID where it is no list of checksums.
 */
export async function signChecksums(file: string, privateKey: KeyObject): Promise<string> {
  const text = await readGiven(file)
  parseChecksums(text, file)
  return signText(KIND, text.trimEnd(), privateKey)
}

/** A file that somebody has named. */
export async function readGiven(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(unreadable(file))
}

/** Says of a file that somebody has named that it cannot be read. */
export function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const why = systemCodeOf(error) === 'ENOENT' ? 'is not there' : messageOf(error)
    throw new FairleadError('FL_USAGE', `${file} ${why}.`, { hint: 'Name a file that is there.' })
  }
}

/**
 * Reads what {@link signChecksums} has made, once it was seen to be signed by the key.
 *
 * @throws {FairleadError} FL_BUNDLE_INVALID, FL_BUNDLE_SIGNATURE; FL_SLOT_INVALID.
 */
export function openChecksums(
  text: string,
  publicKey: KeyObject,
  shown: string,
): ReadonlyMap<string, string> {
  return parseChecksums(openSignedText(KIND, text, publicKey, shown), shown)
}

/**
 * Reads what `sha256sum` prints: the checksums by the last part of each path, since a release and a node have
 * the same programs in other folders.
 *
 * @throws {FairleadError} FL_SLOT_INVALID for a line that is none, and for two files of one name.
 */
export function parseChecksums(text: string, shown: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, sum, file] = /^([0-9a-f]{64}) [ *](\S.*)$/i.exec(line) ?? []
    const name = file?.split('/').at(-1) ?? ''
    const problem =
      sum === undefined ? 'is no line of sha256sum' : sums.has(name) ? `names ${name} again` : ''
    if (problem !== '') {
      throw new FairleadError('FL_SLOT_INVALID', `${shown}:${index + 1} ${problem}.`, {
        hint: 'Make it by: sha256sum containerd containerd-shim-runc-v2 ctr',
      })
    }
    sums.set(name, (sum ?? '').toLowerCase())
  }
  return sums
}
