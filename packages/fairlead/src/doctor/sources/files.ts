import { lstat, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf, systemCodeOf } from '../../errors.ts'
import type { Fact } from '../fact.ts'
import { printable } from '../../safe-text.ts'
import { Budget } from './budget.ts'
import { type Coverage, newCoverage, type Source } from './source.ts'
import { problem, readEntry, type Reading, type ReaderOf } from './unpack.ts'
import { zipEntries } from './zip.ts'

const READ_BYTES = 1024 * 1024
const DEPTH_AT_MOST = 32
/** Of a file that is mostly a hole, only the beginning is read. */
const SPARSE_BYTES = 64 * 1024 * 1024

/**
 * A file or a folder of logs and outputs of commands. Links are not followed: a folder that somebody
 * sent may have them lead anywhere.
 *
 * @throws {FairleadError} FL_SOURCE where there is nothing to be read.
 */
export async function filesSource(given: string, readerOf: ReaderOf): Promise<Source> {
  const root = path.resolve(given)
  const stats = await lstat(root).catch((error: unknown) => {
    throw unreadable(given, error)
  })
  const isFolder = stats.isDirectory()
  const coverage = newCoverage(given, isFolder ? 'folder' : 'file')
  async function* facts(signal: AbortSignal): AsyncGenerator<Fact, void> {
    const reading = { name: path.basename(root), coverage, readerOf, signal }
    if (!isFolder) {
      yield* oneFile(root, path.basename(root), reading)
      return
    }
    for await (const { full, shown } of walk(root, '', 0, coverage)) {
      yield* oneFile(full, shown, reading)
    }
  }
  return { coverage, facts }
}

function unreadable(given: string, error: unknown): FairleadError {
  const message =
    systemCodeOf(error) === 'ENOENT'
      ? `There is no file or folder ${printable(given)}.`
      : `${printable(given)} cannot be read: ${messageOf(error)}.`
  return new FairleadError('FL_SOURCE', message, {
    hint: 'Give logs, folders of logs, or a support bundle of a node or cluster.',
  })
}

async function* walk(
  folderPath: string,
  shown: string,
  depth: number,
  coverage: Coverage,
): AsyncGenerator<{ full: string; shown: string }> {
  const entries = await readdir(folderPath, { withFileTypes: true }).catch((error: unknown) => {
    problem(coverage, shown, messageOf(error))
    return []
  })
  // One order on every machine: the last version that is told wins.
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folderPath, entry.name)
    const inner = shown === '' ? entry.name : `${shown}/${entry.name}`
    if (entry.isDirectory() && depth < DEPTH_AT_MOST) yield* walk(full, inner, depth + 1, coverage)
    else if (entry.isFile()) yield { full, shown: inner }
    else problem(coverage, inner, 'is a link, a device or too deep; not read')
  }
}

async function* oneFile(
  full: string,
  shown: string,
  { name, coverage, readerOf, signal }: Omit<Reading, 'budget'>,
): AsyncGenerator<Fact, void> {
  try {
    // A fifo would wait for a writer for ever; a device may do anything when it is read.
    const stats = await lstat(full)
    if (!stats.isFile()) throw new Error('is no regular file; not read')
    const reading = { name, coverage, readerOf, signal, budget: new Budget(stats.size) }
    if (await isZip(full)) {
      yield* bundle(full, reading)
      return
    }
    const isSparse = stats.size > SPARSE_BYTES && stats.blocks * 512 < stats.size / 2
    if (isSparse) {
      problem(
        coverage,
        shown,
        `is mostly a hole; only its first ${SPARSE_BYTES / 1024 / 1024} MB are read`,
      )
    }
    const body = bytesOf(full, isSparse ? SPARSE_BYTES : Infinity)
    yield* readEntry({ path: shown, modifiedMs: stats.mtimeMs, body }, reading)
  } catch (error) {
    if (signal.aborted) throw error
    problem(coverage, shown, messageOf(error))
  }
}

const ZIP_STARTS = new Set(['PK\u0003\u0004', 'PK\u0005\u0006'])

async function* bundle(full: string, reading: Reading): AsyncGenerator<Fact, void> {
  const entries = zipEntries(full, ({ path: inner, why }) => {
    problem(reading.coverage, inner, why)
  })
  for await (const entry of entries) {
    yield* readEntry({ ...entry, body: spending(entry.body, reading.budget) }, reading, 1)
    if (reading.budget.isSpent) return
  }
}

async function* spending(
  body: AsyncIterable<Uint8Array>,
  budget: Budget,
): AsyncGenerator<Uint8Array, void> {
  for await (const part of body) {
    budget.spend(part.length)
    yield part
  }
}

async function isZip(full: string): Promise<boolean> {
  await using file = await open(full, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
  // An entry, or, where there is none, the end of the directory.
  return bytesRead === 4 && ZIP_STARTS.has(buffer.toString('latin1'))
}

/** The bytes of a file in one buffer that is used again and again. */
async function* bytesOf(full: string, limit: number): AsyncGenerator<Uint8Array, void> {
  await using file = await open(full, 'r')
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  for (let left = limit; left > 0;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(READ_BYTES, left), null)
    if (bytesRead === 0) return
    left -= bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
