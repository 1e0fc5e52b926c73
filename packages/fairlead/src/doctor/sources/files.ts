import { lstat, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf, systemCodeOf } from '../../errors.ts'
import type { Fact } from '../fact.ts'
import type { FactReader, SourceFile } from '../fact-reader.ts'
import { printable } from '../safe-text.ts'
import { writerOfPath } from '../formats/writer.ts'
import { type Coverage, newCoverage, type Source } from './source.ts'

/** How the bytes of a file become facts. */
export type ReaderOf = (file: SourceFile) => FactReader

const READ_BYTES = 1024 * 1024
const FILES_AT_MOST = 100_000
const DEPTH_AT_MOST = 32

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
  async function* facts(signal: AbortSignal): AsyncGenerator<Fact> {
    if (isFolder) yield* folder(root, coverage, readerOf, signal)
    else yield* oneFile(root, path.basename(root), coverage, readerOf, signal)
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

async function* folder(
  root: string,
  coverage: Coverage,
  readerOf: ReaderOf,
  signal: AbortSignal,
): AsyncGenerator<Fact> {
  for await (const { full, shown } of walk(root, '', 0, coverage)) {
    if (coverage.files >= FILES_AT_MOST) {
      coverage.problems.push({
        source: shown,
        what: `the folder has more than ${FILES_AT_MOST} files; this one and those after it were not read`,
      })
      return
    }
    yield* oneFile(full, shown, coverage, readerOf, signal)
  }
}

async function* walk(
  folderPath: string,
  shown: string,
  depth: number,
  coverage: Coverage,
): AsyncGenerator<{ full: string; shown: string }> {
  const entries = await readdir(folderPath, { withFileTypes: true }).catch((error: unknown) => {
    coverage.problems.push({ source: printable(shown), what: messageOf(error) })
    return []
  })
  // One order on every machine: the last version that is told wins.
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folderPath, entry.name)
    const inner = shown === '' ? entry.name : `${shown}/${entry.name}`
    if (entry.isDirectory() && depth < DEPTH_AT_MOST) yield* walk(full, inner, depth + 1, coverage)
    else if (entry.isFile()) yield { full, shown: inner }
    else coverage.problems.push({ source: printable(inner), what: 'is no regular file; not read' })
  }
}

async function* oneFile(
  full: string,
  shown: string,
  coverage: Coverage,
  readerOf: ReaderOf,
  signal: AbortSignal,
): AsyncGenerator<Fact> {
  const source = printable(shown)
  try {
    // A fifo would wait for a writer for ever; a device may do anything when it is read.
    const stats = await lstat(full)
    if (!stats.isFile()) return
    await using file = await open(full, 'r')
    coverage.files++
    coverage.modifiedMs.set(source, stats.mtimeMs)
    const writer = writerOfPath(source)
    if (writer !== undefined) coverage.seen.add(writer)
    const reader = readerOf({ path: source, node: undefined, modifiedMs: stats.mtimeMs })
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    for (;;) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null)
      if (bytesRead === 0) break
      coverage.bytes += bytesRead
      yield* reader.push(buffer.subarray(0, bytesRead))
    }
    yield* reader.end()
  } catch (error) {
    if (signal.aborted) throw error
    coverage.problems.push({ source, what: messageOf(error) })
  }
}
