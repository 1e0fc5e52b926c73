import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { FairleadError } from './errors.ts'

/** What is signed, in the words that people get. */
export interface SignedKind {
  /** The word that a text begins with, and its version; a space is in it. */
  readonly mark: string
  /** What it is, e.g. `bundle of advisories`. */
  readonly word: string
  /** How one is made, as a sentence. */
  readonly make: string
}

/**
 * A text with its signature: one line with the mark, the key's fingerprint and an Ed25519 signature of mark and text,
 * then the text.
 */
export function signText({ mark }: SignedKind, text: string, privateKey: KeyObject): string {
  const signature = sign(null, signed(mark, text), privateKey).toString('base64')
  return `${mark} ${fingerprintOf(createPublicKey(privateKey))} ${signature}\n${text}\n`
}

/**
 * The text, once it was seen to be signed by the key. Nothing in it is read before.
 *
 * @throws {FairleadError} FL_BUNDLE_INVALID for what is not of that kind, FL_BUNDLE_SIGNATURE for one that
 * another key has signed, that was changed or is not whole.
 */
export function openSignedText(
  { mark, word, make }: SignedKind,
  whole: string,
  publicKey: KeyObject,
  shown: string,
): string {
  const end = whole.indexOf('\n')
  const head = whole.slice(0, Math.max(end, 0))
  const [, fingerprint, signature] = head.startsWith(`${mark} `)
    ? (/^ (SHA256:\S{43}) (\S{88})$/.exec(head.slice(mark.length)) ?? [])
    : []
  if (fingerprint === undefined || signature === undefined) {
    throw new FairleadError('FL_BUNDLE_INVALID', `${shown} is no ${word}.`, { hint: make })
  }
  const own = fingerprintOf(publicKey)
  if (fingerprint !== own) {
    throw new FairleadError(
      'FL_BUNDLE_SIGNATURE',
      `${shown} is signed by the key ${fingerprint}, and not by ${own}.`,
      { hint: 'Do not use it, unless whoever publishes it has told you of a new key.' },
    )
  }
  const text = whole.slice(end + 1).replace(/\n$/, '')
  const bytes = Buffer.from(signature, 'base64')
  // Base64 has several spellings of some bytes, of which one is taken: a signed text has one form.
  const isPlain = bytes.toString('base64') === signature
  if (isPlain && verify(null, signed(mark, text), publicKey, bytes)) return text
  throw new FairleadError(
    'FL_BUNDLE_SIGNATURE',
    `${shown} does not fit its signature: it was changed, or is not whole.`,
    { hint: 'Get it again. If that does not help, do not use it.' },
  )
}

/** As OpenSSH writes the fingerprints of its own keys. */
export function fingerprintOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

/** The kind is signed, too: a signature that the key made for something else is none of this. */
function signed(mark: string, text: string): Buffer {
  return Buffer.from(`${mark}\n${text}`)
}
