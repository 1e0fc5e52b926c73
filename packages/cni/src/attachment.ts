import { containerIdProblem, ifNameProblem, networkNameProblem } from './names.ts'
import { resultJson } from './result/format-result.ts'
import type { Result } from './result/result.ts'
import { isJsonObject, type JsonObject, parseObject } from './result/value-reader.ts'
import type { RuntimeConf } from './runtime-conf.ts'

/** What tells one attachment from another. */
export interface AttachmentKey {
  /** The name of the network. */
  readonly network: string
  /** The container, as the runtime calls it (`CNI_CONTAINERID`). */
  readonly containerId: string
  /** The interface in the container (`CNI_IFNAME`), at most 15 bytes. */
  readonly ifName: string
}

/** An attachment as ADD made it (libcni v1.3 `NetworkAttachment`). */
export interface NetworkAttachment extends AttachmentKey {
  /** Path of the network namespace; empty where it was gone. */
  readonly netns: string
  /** Pairs of `CNI_ARGS`, in order. */
  readonly args: readonly (readonly [key: string, value: string])[]
  /** What plugins got in `runtimeConfig`, by capability. */
  readonly capabilityArgs: Readonly<Record<string, unknown>>
  /** The text of the configuration list that ADD was run with. */
  readonly config: string
}

/** An attachment found in a cache. */
export interface CachedAttachment extends NetworkAttachment {
  /** When it was written, ms since 1970. */
  readonly writtenAtMs: number
}

/** What a file of the cache holds. */
export interface CacheEntry {
  /** Absent from an entry of libcni before 0.8, which is a result and nothing else. */
  readonly attachment: CachedAttachment | undefined
  readonly result: unknown
}

/** What a verb is run with for an attachment that is known. */
export function runtimeConfOf(attachment: NetworkAttachment): RuntimeConf {
  const { containerId, netns, ifName, args, capabilityArgs } = attachment
  return { containerId, netns, ifName, args, capabilityArgs }
}

const KIND = 'cniCacheV1'

/** The keys of libcni's `cachedInfo`, in its order. */
export function entryJson(attachment: NetworkAttachment, result: Result): string {
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

/** The entry that a file's text is; undefined for what is none. */
export function parseEntry(text: string, writtenAtMs: number): CacheEntry | undefined {
  // Half a file is left by a runtime that was killed while it wrote.
  const value = parseObject(text)
  if (value === undefined) return undefined
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

/** Why a key can name no attachment; undefined if it can. */
export function keyProblem({ network, containerId, ifName }: AttachmentKey): string | undefined {
  return networkNameProblem(network) ?? containerIdProblem(containerId) ?? ifNameProblem(ifName)
}
