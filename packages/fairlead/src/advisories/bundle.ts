import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { FairleadError } from '../errors.ts'

/** No bundle is larger, in bytes. */
export const BUNDLE_SIZE_MAX = 16 * 1024 * 1024

const KIND = 'fairlead-advisories 1'

const contentSchema = z.strictObject({
  sequence: z.int().nonnegative(),
  created: z.iso.datetime(),
  /** The texts of the files, by their path in a folder of advisories. */
  files: z.record(z.string().regex(/^(rules\/)?[a-z0-9]+(-[a-z0-9]+)*\.yaml$/), z.string()),
})

/** What a bundle carries: a folder of advisories, and its place in their order. */
export type BundleContent = z.output<typeof contentSchema>

/**
 * A bundle: one line with the kind, the key's fingerprint and an Ed25519 signature of kind and content,
 * then the content as JSON.
 */
export function signBundle(content: BundleContent, privateKey: KeyObject): string {
  const payload = JSON.stringify(content)
  const signature = sign(null, signed(payload), privateKey).toString('base64')
  return `${KIND} ${fingerprintOf(createPublicKey(privateKey))} ${signature}\n${payload}\n`
}

/**
 * What a bundle carries, once it was seen to be signed by the key. Nothing in it is read before.
 *
 * @throws {FairleadError} FL_BUNDLE_INVALID for what is no bundle, FL_BUNDLE_SIGNATURE for one that
 * another key has signed, that was changed or is not whole.
 */
export function openBundle(bundle: string, publicKey: KeyObject, shown: string): BundleContent {
  const end = bundle.indexOf('\n')
  const [, fingerprint, signature] =
    /^fairlead-advisories 1 (SHA256:\S{43}) (\S{88})$/.exec(bundle.slice(0, Math.max(end, 0))) ?? []
  if (fingerprint === undefined || signature === undefined) {
    throw new FairleadError('FL_BUNDLE_INVALID', `${shown} is no bundle of advisories.`, {
      hint: 'fairlead advisories export makes one.',
    })
  }
  const own = fingerprintOf(publicKey)
  if (fingerprint !== own) {
    throw new FairleadError(
      'FL_BUNDLE_SIGNATURE',
      `${shown} is signed by the key ${fingerprint}, and not by ${own}.`,
      { hint: 'Do not use it, unless whoever publishes it has told you of a new key.' },
    )
  }
  const payload = bundle.slice(end + 1).replace(/\n$/, '')
  const bytes = Buffer.from(signature, 'base64')
  // Base64 has several spellings of some bytes, of which one is taken: a bundle has one form.
  const isPlain = bytes.toString('base64') === signature
  if (!isPlain || !verify(null, signed(payload), publicKey, bytes)) {
    throw new FairleadError(
      'FL_BUNDLE_SIGNATURE',
      `${shown} does not fit its signature: it was changed, or is not whole.`,
      { hint: 'Get it again. If that does not help, do not use it.' },
    )
  }
  return parseContent(payload, shown)
}

/** As OpenSSH writes the fingerprints of its own keys. */
function fingerprintOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

/** The kind is signed, too: a signature that the key made for something else is none of a bundle. */
function signed(payload: string): Buffer {
  return Buffer.from(`${KIND}\n${payload}`)
}

function parseContent(payload: string, shown: string): BundleContent {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    value = undefined
  }
  const parsed = contentSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new FairleadError(
    'FL_BUNDLE_INVALID',
    `${shown} is signed, but holds no advisories that this version of Fairlead can read.`,
    { hint: 'Upgrade Fairlead, or ask whoever publishes it for another.' },
  )
}
