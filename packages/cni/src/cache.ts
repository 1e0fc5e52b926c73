import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import {
  type AttachmentKey,
  type CachedAttachment,
  type CacheEntry,
  entryJson,
  keyProblem,
  type NetworkAttachment,
  parseEntry,
} from './attachment.ts'
import { type CniOutcome, failure, success, systemCodeOf, textOf } from './errors.ts'
import { convertResult } from './result/format-result.ts'
import { wallClockMs } from './ports.ts'
import { readSmallFile } from './read-file.ts'
import { resultOf } from './result/parse-result.ts'
import type { Result } from './result/result.ts'

/** What a cache holds; a damaged entry costs only itself. */
export interface CacheListing {
  /** In the order of the file names. */
  readonly attachments: readonly CachedAttachment[]
  /** Files that are no entry, each with a sentence that says why. */
  readonly damaged: readonly { readonly file: string; readonly problem: string }[]
}

/** Where attachments are kept between ADD and DEL. Every outcome's error is FL_CNI_CACHE. */
export interface ResultCache {
  /** Whole or not at all. */
  write(attachment: NetworkAttachment, result: Result): Promise<CniOutcome<void>>
  /** Undefined where there is none. */
  read(key: AttachmentKey): Promise<CniOutcome<CachedAttachment | undefined>>
  /** The result of ADD as one of `version`; undefined where there is none. */
  readResult(key: AttachmentKey, version: string): Promise<CniOutcome<Result | undefined>>
  /** Removes the attachment's file, which has to be known to be its own: see `read`. */
  remove(key: AttachmentKey): Promise<CniOutcome<void>>
  /** In the order of the file names; all, or those of one container, of which no other file is read. */
  list(containerId?: string): Promise<CniOutcome<CacheListing>>
}

/** libcni's folder. */
export const DEFAULT_CACHE_DIR = '/var/lib/cni'

const TEMPORARY = '.fairlead-'
const ORPHAN_AGE_MS = 60_000

/**
 * The cache on disk in libcni's own format and place (v1.3 libcni/api.go): one file
 * `<dir>/results/<network>-<container id>-<interface>` for each attachment, so that attachments made
 * by containerd or CRI-O are found here, and the other way round.
 */
export function resultCacheDir(dir: string = DEFAULT_CACHE_DIR): ResultCache {
  const results = path.join(dir, 'results')
  const fileOf = (key: AttachmentKey) => path.join(results, fileName(key))

  async function readEntry(key: AttachmentKey): Promise<CniOutcome<CacheEntry | undefined>> {
    const entry = await readEntryFile(fileOf(key))
    // The name does not tell a-b of c from a of b-c, so the entry itself has the word.
    return entry.ok && entry.value?.attachment !== undefined && !isSame(entry.value.attachment, key)
      ? success(undefined)
      : entry
  }

  return {
    write: async (attachment, result) => {
      const checked = checkKey(attachment)
      if (!checked.ok) return checked
      const file = fileOf(attachment)
      try {
        await writeWhole(file, entryJson(attachment, result)).catch(async (error: unknown) => {
          if (systemCodeOf(error) !== 'ENOENT') throw error
          await makeDir(results)
          await writeWhole(file, entryJson(attachment, result))
        })
        return success(undefined)
      } catch (error) {
        return unusable(file, 'written', error)
      }
    },
    read: async (key) => {
      const checked = checkKey(key)
      if (!checked.ok) return checked
      const entry = await readEntry(key)
      return entry.ok ? success(entry.value?.attachment) : entry
    },
    readResult: async (key, version) => {
      const checked = checkKey(key)
      if (!checked.ok) return checked
      const entry = await readEntry(key)
      if (!entry.ok) return entry
      if (entry.value === undefined) return success(undefined)
      const cached = resultOf(entry.value.result, version)
      // A plugin gets a result of the version of its configuration, which may have changed since ADD.
      const result = cached.ok ? convertResult(cached.value, version) : cached
      return result.ok
        ? result
        : failure('FL_CNI_CACHE', `${fileOf(key)} has no usable result`, {
            details: result.error.message,
            cause: result.error,
          })
    },
    remove: async (key) => {
      const checked = checkKey(key)
      if (!checked.ok) return checked
      try {
        await unlink(fileOf(key))
        return success(undefined)
      } catch (error) {
        if (systemCodeOf(error) === 'ENOENT') return success(undefined)
        return unusable(fileOf(key), 'removed', error)
      }
    },
    list: async (containerId) => {
      if (containerId === undefined) await removeOrphans(dir)
      const names = await namesIn(results)
      if (!names.ok) return names
      const attachments = []
      const damaged = []
      for (const name of names.value) {
        if (containerId !== undefined && !name.includes(`-${containerId}-`)) continue
        const file = path.join(results, name)
        const entry = await readEntryFile(file)
        const attachment = entry.ok ? entry.value?.attachment : undefined
        if (!entry.ok) damaged.push({ file, problem: entry.error.msg })
        else if (attachment !== undefined) {
          // A container's name may be part of another's, or of a network's.
          if (containerId === undefined || attachment.containerId === containerId) {
            attachments.push(attachment)
          }
        } else if (entry.value !== undefined) {
          damaged.push({
            file,
            problem: `${file} is of an old libcni and does not say whose it is`,
          })
        }
      }
      return success({ attachments, damaged })
    },
  }
}

function fileName({ network, containerId, ifName }: AttachmentKey): string {
  return `${network}-${containerId}-${ifName}`
}

/** No path may be made of a key before this has passed it. */
function checkKey(key: AttachmentKey): CniOutcome<void> {
  const problem = keyProblem(key)
  if (problem === undefined) return success(undefined)
  return failure('FL_CNI_ARGUMENT', problem, { network: key.network })
}

function isSame(left: AttachmentKey, right: AttachmentKey): boolean {
  return (
    left.network === right.network &&
    left.containerId === right.containerId &&
    left.ifName === right.ifName
  )
}

/** Not `mkdir` with `recursive`, which below `/proc` never ends (seen on Node.js 24.21). */
async function makeDir(dir: string): Promise<void> {
  const make = async () => {
    await mkdir(dir, { mode: 0o700 }).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    })
  }
  await make().catch(async (error: unknown) => {
    if (systemCodeOf(error) !== 'ENOENT' || path.dirname(dir) === dir) throw error
    await makeDir(path.dirname(dir))
    await make()
  })
}

/** The temporary file lies beside `results`, where nobody takes it for an entry. */
async function writeWhole(file: string, text: string): Promise<void> {
  const name = `${TEMPORARY}${randomUUID()}`
  const temporary = path.join(path.dirname(path.dirname(file)), name)
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.datasync()
    await Promise.all([rename(temporary, file), handle.close()])
  } catch (error) {
    await handle.close()
    await rm(temporary, { force: true })
    throw error
  }
}

async function readEntryFile(file: string): Promise<CniOutcome<CacheEntry | undefined>> {
  let text: string
  let writtenAtMs: number
  try {
    const { bytes, mtimeMs } = await readSmallFile(file)
    text = Buffer.from(bytes).toString()
    writtenAtMs = mtimeMs
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return success(undefined)
    return unusable(file, 'read', error)
  }
  const entry = parseEntry(text, writtenAtMs)
  return entry === undefined
    ? failure('FL_CNI_CACHE', `${file} is no entry of a result cache`, {
        hint: 'It is of no use to anybody and can be removed.',
      })
    : success(entry)
}

/** Removes what a writer that was killed has left; one that still writes has not written for so long. */
async function removeOrphans(dir: string): Promise<void> {
  for (const name of await readdir(dir).catch((): string[] => [])) {
    if (!name.startsWith(TEMPORARY)) continue
    const file = path.join(dir, name)
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (wallClockMs() - mtimeMs > ORPHAN_AGE_MS) await rm(file, { force: true })
  }
}

async function namesIn(dir: string): Promise<CniOutcome<string[]>> {
  try {
    const names = await readdir(dir)
    return success(
      names.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
    )
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT' ? success([]) : unusable(dir, 'read', error)
  }
}

function unusable(file: string, what: string, cause: unknown) {
  return failure('FL_CNI_CACHE', `${file} cannot be ${what}: ${textOf(cause)}`, { cause })
}
