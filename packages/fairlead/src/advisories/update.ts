import type { KeyObject } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { BUNDLE_SIZE_MAX, openBundle } from './bundle.ts'
import { loadFolder } from './knowledge.ts'
import { storeAdvisories, updatedAdvisories } from './store.ts'

const FETCH_TIMEOUT_MS = 60_000

/** What an update came to. */
export interface Update {
  readonly kind: 'updated' | 'same'
  readonly sequence: number
  readonly created: string
  /** How many advisories there are now. */
  readonly count: number
}

/**
 * Takes the advisories of a signed bundle, from a URL or a file, into a state folder. The old ones stay in
 * force until the new ones are there whole.
 *
 * @throws {FairleadError} FL_FETCH, FL_BUNDLE_INVALID, FL_BUNDLE_SIGNATURE; FL_BUNDLE_OLD for one that is
 * older than what is there; FL_STATE_DIR.
 */
export async function updateAdvisories({
  from,
  publicKey,
  stateDir,
  signal,
}: {
  readonly from: string
  readonly publicKey: KeyObject
  readonly stateDir: string
  readonly signal: AbortSignal
}): Promise<Update> {
  const content = openBundle(await read(from, signal), publicKey, from)
  const { sequence, created, files } = content
  const count = Object.keys(files).filter((name) => !name.startsWith('rules/')).length
  const installed = (await updatedAdvisories(stateDir))?.sequence
  if (installed === sequence) return { kind: 'same', sequence, created, count }
  if (installed !== undefined && installed > sequence) {
    throw new FairleadError(
      'FL_BUNDLE_OLD',
      `${from} has the number ${sequence} and is older than what is here, ${installed}.`,
      { hint: `To go back all the same, remove ${stateDir}/advisories first.` },
    )
  }
  await storeAdvisories(stateDir, content, (dir) => checkReadable(dir, from))
  return { kind: 'updated', sequence, created, count }
}

/** A bundle can be newer than this Fairlead, and say what it does not understand. */
async function checkReadable(dir: string, from: string): Promise<void> {
  try {
    await loadFolder(dir)
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error
    const what = error.message.split(`${path.basename(dir)}/`).at(-1) ?? ''
    throw new FairleadError(
      'FL_BUNDLE_INVALID',
      `${from} is signed, but has an advisory that this version of Fairlead cannot read: ${what}`,
      { hint: 'Upgrade Fairlead, or ask whoever publishes it for another.', cause: error },
    )
  }
}

async function read(from: string, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  const source = /^https?:\/\//.test(from) ? fetched(from, signal) : fromFile(from)
  for await (const chunk of source) {
    size += chunk.byteLength
    if (size > BUNDLE_SIZE_MAX) {
      throw new FairleadError('FL_BUNDLE_INVALID', `${from} has more than 16 MiB.`, {
        hint: 'No bundle of advisories is that large.',
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function* fetched(url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  const fail = (problem: string, cause?: unknown) =>
    new FairleadError('FL_FETCH', `${url} ${problem}.`, {
      hint: 'The advisories that are here stay in force. A bundle can be given as a file, too.',
      cause,
    })
  const response = await fetch(url, { signal: deadline }).catch((error: unknown) => {
    signal.throwIfAborted()
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw fail(`cannot be reached: ${messageOf(cause)}`, error)
  })
  if (!response.ok) throw fail(`answers ${response.status} ${response.statusText}`)
  try {
    for await (const chunk of response.body ?? []) yield chunk
  } catch (error) {
    signal.throwIfAborted()
    throw fail(`broke off: ${messageOf(error)}`, error)
  }
}

async function* fromFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    // A pipe that nobody writes to would be waited for without end.
    if (!(await stat(file)).isFile()) throw new Error('it is no file')
    await using handle = await open(file)
    for await (const chunk of handle.createReadStream({ autoClose: false })) yield chunk
  } catch (error) {
    throw new FairleadError('FL_FETCH', `${file} cannot be read: ${messageOf(error)}.`, {
      hint: 'Give a URL that begins with https:// or the path of a file.',
      cause: error,
    })
  }
}
