import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { FairleadError, messageOf } from '../../errors.ts'

/** The project's own download site; `--mirror` names another with the same layout. */
export const RELEASE_SITE = 'https://github.com/containerd/containerd/releases/download'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
/** Of a release, from the first byte to the last file. */
const FETCH_TIMEOUT_MS = 120_000

/**
 * Unpacks a release of containerd into `dir`/usr, after its sha256 was checked against the one that is
 * published beside it.
 *
 * @throws {FairleadError} FL_RUNTIME_UNKNOWN when there is no such release, FL_FETCH when the site cannot
 * be reached, FL_CHECKSUM when what came is not what was published.
 */
export async function unpackRelease(
  version: string,
  dir: string,
  { mirror, signal }: { mirror: string; signal: AbortSignal },
): Promise<void> {
  const name = `containerd-${version}-linux-${ARCHITECTURES[process.arch] ?? process.arch}.tar.gz`
  const url = `${mirror.replace(/\/+$/, '')}/v${version}/${name}`
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  const published = await publishedSum(`${url}.sha256sum`, deadline)
  const archive = path.join(dir, name)
  const sum = await download(url, archive, deadline)
  if (sum !== published) {
    throw new FairleadError(
      'FL_CHECKSUM',
      `${url} has sha256 ${sum}, but ${published} was published for it.`,
      { hint: 'Do not use it; try another mirror.' },
    )
  }
  const root = path.join(dir, 'usr')
  await mkdir(root)
  await promisify(execFile)('tar', ['-xzf', archive, '-C', root, '--no-same-owner'], {
    signal: deadline,
  })
  await rm(archive)
}

async function publishedSum(url: string, signal: AbortSignal): Promise<string> {
  const response = await get(url, signal)
  const text = await response.text()
  const sum = /^[0-9a-f]{64}\b/.exec(text.trim())?.[0]
  if (sum === undefined) throw new FairleadError('FL_FETCH', `${url} holds no sha256.`)
  return sum
}

/** Writes the body of `url` to `file` and resolves to its sha256. */
async function download(url: string, file: string, signal: AbortSignal): Promise<string> {
  const { body } = await get(url, signal)
  if (body === null) throw new FairleadError('FL_FETCH', `${url} is empty.`)
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(Readable.fromWeb(body), hashing, createWriteStream(file), {
      signal,
    })
  } catch (error) {
    throw new FairleadError('FL_FETCH', `${url} broke off: ${messageOf(error)}.`, { cause: error })
  }
  return hash.digest('hex')
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const hint = 'Name a site with the same layout by --mirror, or a binary by containerd=/path.'
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new FairleadError('FL_FETCH', `${url} cannot be reached: ${messageOf(cause)}.`, {
      hint,
      cause: error,
    })
  })
  if (response.ok) return response
  const answer = `${url} answers ${response.status} ${response.statusText}.`
  throw response.status === 404
    ? new FairleadError('FL_RUNTIME_UNKNOWN', answer, { hint: 'There is no such release there.' })
    : new FairleadError('FL_FETCH', answer, { hint })
}
