import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { FairleadError } from '../errors.ts'
import { openSignedText, type SignedKind, signText } from '../signed-text.ts'

/** No bundle is larger, in bytes. */
export const BUNDLE_SIZE_MAX = 16 * 1024 * 1024

const KIND: SignedKind = {
  mark: 'fairlead-advisories 1',
  word: 'bundle of advisories',
  make: 'fairlead advisories export makes one.',
}

const contentSchema = z.strictObject({
  sequence: z.int().nonnegative(),
  created: z.iso.datetime(),
  /** The texts of the files, by their path in a folder of advisories. */
  files: z.record(z.string().regex(/^(rules\/)?[a-z0-9]+(-[a-z0-9]+)*\.yaml$/), z.string()),
})

/** What a bundle carries: a folder of advisories, and its place in their order. */
export type BundleContent = z.output<typeof contentSchema>

/** A bundle: the content as JSON, signed. */
export function signBundle(content: BundleContent, privateKey: KeyObject): string {
  return signText(KIND, JSON.stringify(content), privateKey)
}

/**
 * What a bundle carries, once it was seen to be signed by the key. Nothing in it is read before.
 *
 * @throws {FairleadError} FL_BUNDLE_INVALID for what is no bundle, FL_BUNDLE_SIGNATURE for one that
 * another key has signed, that was changed or is not whole.
 */
export function openBundle(bundle: string, publicKey: KeyObject, shown: string): BundleContent {
  return parseContent(openSignedText(KIND, bundle, publicKey, shown), shown)
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
