import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type CniOutcome, failure, success, systemCodeOf, textOf } from './errors.ts'
import { containerIdProblem, ifNameProblem, networkNameProblem } from './names.ts'
import { resultOf } from './result/parse-result.ts'
import { resultJson } from './result/format-result.ts'
import type { Result } from './result/result.ts'
import { isJsonObject, type JsonObject } from './result/value-reader.ts'
import type { RuntimeConf } from './runtime-conf.ts'

/** What tells one attachment from another. */
export interface AttachmentKey {
  readonly network: string
  readonly containerId: string
  readonly ifName: string
}

/** An attachment as ADD made it (libcni v1.3 `NetworkAttachment`). */
export interface NetworkAttachment extends AttachmentKey {
  readonly netns: string
  readonly args: readonly (readonly [key: string, value: string])[]
  readonly capabilityArgs: Readonly<Record<string, unknown>>
  /** The text of the configuration list that ADD was run with. */
  readonly config: string
}

/** An attachment found in a cache. */
export interface CachedAttachment extends NetworkAttachment {
  /** When it was written, ms since 1970. */
  readonly writtenAtMs: number
}

/** What a cache holds; a damaged entry costs only itself. */
export interface CacheListing {
  readonly attachments: readonly CachedAttachment[]
  readonly damaged: readonly { readonly file: string; readonly problem: string }[]
}

/** Where attachments are kept between ADD and DEL. Every outcome's error is FL_CNI_CACHE. */
export interface ResultCache {
  /** Whole or not at all. */
  write(attachment: NetworkAttachment, result: Result): Promise<CniOutcome<void>>
  /** Undefined where there is none. */
  read(key: AttachmentKey): Promise<CniOutcome<CachedAttachment | undefined>>
  /** The result of ADD; undefined where there is none. `version` is that of one that names none. */
  readResult(key: AttachmentKey, version: string): Promise<CniOutcome<Result | undefined>>
  remove(key: AttachmentKey): Promise<CniOutcome<void>>
  /** In the order of the file names. */
  list(): Promise<CniOutcome<CacheListing>>
}

/** libcni's folder. */
export const DEFAULT_CACHE_DIR = '/var/lib/cni'

const KIND = 'cniCacheV1'

/**
 * The cache on disk in libcni's own format and place (v1.3 libcni/api.go): one file
 * `<dir>/results/<network>-<container id>-<interface>` for each attachment, so that attachments made
 * by containerd or CRI-O are found here, and the other way round.
 */
export function resultCacheDir(dir: string = DEFAULT_CACHE_DIR): ResultCache {
  const results = path.join(dir, 'results')
  const fileOf = (key: AttachmentKey) => path.join(results, fileName(key))

  async function readEntry(key: AttachmentKey): Promise<CniOutcome<Entry | undefined>> {
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
          await mkdir(results, { recursive: true, mode: 0o700 })
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
      const result = resultOf(entry.value.result, version)
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
      const entry = await readEntry(key)
      // One that is damaged or only a result is ours to remove; one of another attachment is not.
      if (entry.ok && entry.value === undefined) return success(undefined)
      try {
        await rm(fileOf(key), { force: true })
        return success(undefined)
      } catch (error) {
        return unusable(fileOf(key), 'removed', error)
      }
    },
    list: async () => {
      const names = await namesIn(results)
      if (!names.ok) return names
      const attachments = []
      const damaged = []
      for (const file of names.value.map((name) => path.join(results, name))) {
        const entry = await readEntryFile(file)
        if (!entry.ok) damaged.push({ file, problem: entry.error.msg })
        else if (entry.value?.attachment !== undefined) attachments.push(entry.value.attachment)
      }
      return success({ attachments, damaged })
    },
  }
}

interface Entry {
  /** Absent from an entry of libcni before 0.8, which is a result and nothing else. */
  readonly attachment: CachedAttachment | undefined
  readonly result: unknown
}

function fileName({ network, containerId, ifName }: AttachmentKey): string {
  return `${network}-${containerId}-${ifName}`
}

function keyProblem({ network, containerId, ifName }: AttachmentKey): string | undefined {
  return networkNameProblem(network) ?? containerIdProblem(containerId) ?? ifNameProblem(ifName)
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

/** The keys of libcni's `cachedInfo`, in its order. */
function entryJson(attachment: NetworkAttachment, result: Result): string {
  const { network, containerId, ifName, netns, args, capabilityArgs, config } = attachment
  const outer = {
    kind: KIND,
    containerId,
    config: Buffer.from(config).toString('base64'),
    ifName,
    networkName: network,
    ...(netns === '' ? {} : { netns }),
    ...(args.length === 0 ? {} : { cniArgs: args }),
    ...(Object.keys(capabilityArgs).length === 0 ? {} : { capabilityArgs }),
  }
  return `${JSON.stringify(outer).slice(0, -1)},"result":${resultJson(result)}}`
}

/** The temporary file lies beside `results`, where nobody takes it for an entry. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = path.join(path.dirname(path.dirname(file)), `.${path.basename(file)}.tmp`)
  try {
    const handle = await open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function readEntryFile(file: string): Promise<CniOutcome<Entry | undefined>> {
  let text: string
  let writtenAtMs: number
  try {
    text = await readFile(file, 'utf8')
    writtenAtMs = (await stat(file)).mtimeMs
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

function parseEntry(text: string, writtenAtMs: number): Entry | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Half a file, of a runtime that was killed while it wrote.
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  if (value['kind'] !== KIND) return { attachment: undefined, result: value }
  const attachment = parseAttachment(value, writtenAtMs)
  return attachment === undefined ? undefined : { attachment, result: value['result'] }
}

function parseAttachment(value: JsonObject, writtenAtMs: number): CachedAttachment | undefined {
  const { containerId, config, ifName, networkName: network, netns = '' } = value
  if (
    typeof containerId !== 'string' ||
    typeof network !== 'string' ||
    typeof ifName !== 'string' ||
    typeof config !== 'string' ||
    typeof netns !== 'string' ||
    keyProblem({ network, containerId, ifName }) !== undefined
  ) {
    return undefined
  }
  const capabilityArgs = value['capabilityArgs'] ?? {}
  return {
    network,
    containerId,
    ifName,
    netns,
    args: pairsOf(value['cniArgs']),
    capabilityArgs: isJsonObject(capabilityArgs) ? capabilityArgs : {},
    config: Buffer.from(config, 'base64').toString(),
    writtenAtMs,
  }
}

function pairsOf(value: unknown): (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((pair: unknown): (readonly [string, string])[] => {
    if (!Array.isArray(pair)) return []
    const [key, text] = pair as readonly unknown[]
    return typeof key === 'string' && typeof text === 'string' ? [[key, text]] : []
  })
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

/** What a verb is run with for an attachment that is known. */
export function runtimeConfOf(attachment: NetworkAttachment): RuntimeConf {
  const { containerId, netns, ifName, args, capabilityArgs } = attachment
  return { containerId, netns, ifName, args, capabilityArgs }
}
