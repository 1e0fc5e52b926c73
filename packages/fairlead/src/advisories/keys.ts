import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'

/**
 * An Ed25519 key that signs bundles, from a PEM file.
 *
 * @throws {FairleadError} FL_KEY_INVALID.
 */
export async function readPrivateKey(file: string): Promise<KeyObject> {
  return readKey(file, 'private', createPrivateKey, 'openssl genpkey -algorithm ed25519 -out FILE')
}

/**
 * The public half of such a key, from a PEM file.
 *
 * @throws {FairleadError} FL_KEY_INVALID, also for a private key: it is not to lie about on nodes.
 */
export async function readPublicKey(file: string): Promise<KeyObject> {
  const make = 'openssl pkey -in PRIVATE -pubout -out FILE'
  return readKey(file, 'public', createPublicKey, make)
}

async function readKey(
  file: string,
  kind: 'private' | 'public',
  parse: (pem: string) => KeyObject,
  make: string,
): Promise<KeyObject> {
  const refuse = (problem: string) =>
    new FairleadError('FL_KEY_INVALID', `${file} ${problem}.`, { hint: `Make one by: ${make}` })
  const pem = await readFile(file, 'utf8').catch((error: unknown) => {
    throw refuse(systemCodeOf(error) === 'ENOENT' ? 'is not there' : messageOf(error))
  })
  if (kind === 'public' && pem.includes('PRIVATE KEY')) {
    throw refuse('is a private key, where a public one is enough')
  }
  let key: KeyObject
  try {
    key = parse(pem)
  } catch {
    throw refuse(`holds no ${kind} key in PEM without a passphrase`)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw refuse(`is no Ed25519 ${kind} key`)
  return key
}
