import { Readable, pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { messageOf } from '../../errors.ts'
import type { Fact } from '../fact.ts'
import { writerOfPath } from '../formats/writer.ts'
import type { FactReader, SourceFile } from '../fact-reader.ts'
import { owned, printable } from '../../safe-text.ts'
import type { Budget } from './budget.ts'
import { ByteStream } from './byte-stream.ts'
import { recognise } from './layout.ts'
import type { Coverage } from './source.ts'
import { type ArchiveEntry, isTar, tarEntries } from './tar.ts'

/** How the bytes of a file become facts. */
export type ReaderOf = (file: SourceFile) => FactReader

/** What reading a source takes. */
export interface Reading {
  /** The name of what is read, which may tell the node; it is no part of the paths. */
  readonly name: string
  readonly coverage: Coverage
  readonly readerOf: ReaderOf
  readonly signal: AbortSignal
  readonly budget: Budget
}

/** Archives within archives; a deeper one is only told of. */
const DEPTH_AT_MOST = 4
/** What packs one file, such as gzip, within itself; a file can be made that unpacks to itself, for ever. */
const LAYERS_AT_MOST = 4
const FILES_AT_MOST = 200_000
const PATH_LIMIT = 512

/** Reads a file, and if it is packed, what is in it. What is broken becomes a problem, and the rest is read. */
export async function* readEntry(
  entry: ArchiveEntry,
  reading: Reading,
  depth = 0,
  layers = 0,
): AsyncGenerator<Fact, void> {
  const path = owned(printable(entry.path.replace(/^(?:\.?\/)+/, '').slice(0, PATH_LIMIT)))
  const { coverage, signal, budget } = reading
  const bytes = new ByteStream(entry.body)
  try {
    signal.throwIfAborted()
    if (++coverage.files > FILES_AT_MOST) throw new Error('there are too many files; not read')
    if (path.split('/').includes('..'))
      throw new Error('its path leads out of the bundle; not read')
    const packing = packingOf(await bytes.head(512))
    if (packing === undefined) {
      yield* readFile({ ...entry, path, body: bytes.take() }, reading)
      return
    }
    if (depth >= DEPTH_AT_MOST || layers >= LAYERS_AT_MOST)
      throw new Error('is packed in too many others; not read')
    coverage.files--
    if (packing === 'tar') {
      const entries = tarEntries(bytes, ({ path: inner, why }) => {
        problem(coverage, inner, why)
      })
      for await (const inner of entries) {
        const innerPath = depth === 0 ? inner.path : `${path}/${inner.path}`
        yield* readEntry({ ...inner, path: innerPath }, reading, depth + 1)
        if (budget.isSpent) return
      }
    } else if (packing === 'zip' || packing === 'xz') {
      throw new Error(ADVICE[packing])
    } else {
      const name = path.replace(/\.(?:gz|zst)$/, '').replace(/\.tgz$/, '.tar')
      const body = unpacked(bytes, packing, budget)
      yield* readEntry({ ...entry, path: name, body }, reading, depth, layers + 1)
    }
  } catch (error) {
    if (signal.aborted) throw error
    problem(coverage, path, messageOf(error))
  } finally {
    await bytes.close()
  }
}

const ADVICE = {
  zip: 'is a zip archive within another; unpack the outer one first',
  xz: 'is packed with xz, which Fairlead does not read; unpack it first: xz -d',
} as const

/** Problems that are told of at most. */
const PROBLEMS_AT_MOST = 1000

/** Takes down what could not be read. */
export function problem({ problems }: Coverage, path: string, what: string): void {
  if (problems.length < PROBLEMS_AT_MOST) {
    problems.push({ source: printable(path.slice(0, PATH_LIMIT)), what: printable(what) })
  }
}

async function* readFile(
  { path, modifiedMs, body }: ArchiveEntry,
  { name, coverage, readerOf, signal }: Reading,
): AsyncGenerator<Fact, void> {
  const { layout, node } = recognise(`${name}/${path}`)
  if (layout !== undefined) coverage.layout = layout
  const writer = writerOfPath(path)
  if (writer !== undefined) coverage.seen.add(writer)
  const reader = readerOf({ path, node, modifiedMs })
  function* told(facts: readonly Fact[]): Generator<Fact, void> {
    // Of a file that tells nothing nobody needs to know when it was written; there may be very many.
    if (facts.length > 0 && modifiedMs !== undefined && modifiedMs > 0) {
      coverage.modifiedMs.set(path, modifiedMs)
    }
    yield* facts
  }
  try {
    for await (const part of body) {
      signal.throwIfAborted()
      coverage.bytes += part.length
      yield* told(reader.push(part))
    }
  } finally {
    // What a damaged file told before its damage is told.
    yield* told(reader.end())
  }
}

type Packing = 'gzip' | 'zstd' | 'xz' | 'zip' | 'tar'

const MAGIC: readonly (readonly [Packing, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['zip', Buffer.from('PK\u0003\u0004')],
]

function packingOf(head: Buffer): Packing | undefined {
  const magic = MAGIC.find(([, bytes]) => head.subarray(0, bytes.length).equals(bytes))
  return magic?.[0] ?? (isTar(head) ? 'tar' : undefined)
}

async function* unpacked(
  bytes: ByteStream,
  packing: 'gzip' | 'zstd',
  budget: Budget,
): AsyncGenerator<Uint8Array, void> {
  const unpacker = packing === 'gzip' ? createGunzip() : createZstdDecompress()
  // The stream hands a piece on before it asks for the next, but may hold two.
  const copies = (async function* () {
    for await (const part of bytes.take()) yield Uint8Array.from(part)
  })()
  // Its errors come out where the unpacked bytes are read.
  pipeline(Readable.from(copies), unpacker, () => undefined)
  for await (const part of unpacker) {
    budget.spend(part.length)
    yield part
  }
}
