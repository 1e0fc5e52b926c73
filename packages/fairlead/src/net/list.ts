import { type CachedAttachment, CURRENT_VERSION } from '@fairlead/cni'
import { livenessOfAttachment, systemNodeState } from '@fairlead/networks'
import { wallClockMs } from '../ports.ts'
import { type Failure, failureOf, valueOf } from './failure.ts'
import type { NetnsState } from '../netns.ts'
import { type NetworkFile, networkFiles } from './networks.ts'
import type { Net } from './settings.ts'

/** The networks that are configured and the attachments that are cached. */
export interface ListReport {
  readonly confDir: string
  /** In load order. */
  readonly networks: readonly ListedNetwork[]
  readonly cacheDir: string
  readonly attachments: readonly ListedAttachment[]
  /** Files of the cache that are no entries. */
  readonly damaged: readonly { readonly file: string; readonly problem: string }[]
}

/** A file of the conf dir. */
type ListedNetwork =
  | {
      readonly file: string
      readonly name: string
      readonly cniVersion: string
      /** Their `type`s, in order. */
      readonly plugins: readonly string[]
      /** The file before this one that has the same name, and is the one that the name means. */
      readonly shadowedBy?: string
    }
  | { readonly file: string; readonly error: Failure }

/** An attachment of the cache. */
export interface ListedAttachment {
  readonly network: string
  readonly ifName: string
  readonly containerId: string
  readonly addresses: readonly string[]
  readonly netns: string
  readonly namespace: NetnsState
  /** ISO 8601. */
  readonly addedAt: string
  readonly ageMs: number
}

/** Lists the networks of the conf dir and the attachments of the cache. */
export async function listNetworks(net: Net, nowMs: number = wallClockMs()): Promise<ListReport> {
  const files = await networkFiles(net.confDir)
  const { attachments, damaged } = valueOf(await net.cni.cachedAttachments())
  return {
    confDir: net.confDir,
    networks: files.map((file, index) => listedNetwork(file, files.slice(0, index))),
    cacheDir: net.cacheDir,
    attachments: await Promise.all(
      attachments.map((attachment) => listedAttachment(attachment, net, nowMs)),
    ),
    damaged,
  }
}

function listedNetwork({ file, list }: NetworkFile, before: readonly NetworkFile[]): ListedNetwork {
  if (!list.ok) return { file, error: failureOf(list.error) }
  const { name, cniVersion, plugins } = list.value
  const first = before.find((other) => other.list.ok && other.list.value.name === name)
  return {
    file,
    name,
    cniVersion,
    plugins: plugins.map(({ type }) => type),
    ...(first === undefined ? {} : { shadowedBy: first.file }),
  }
}

/** As {@link ListedAttachment}; without addresses where the entry has no result that can be read. */
export async function listedAttachment(
  attachment: CachedAttachment,
  net: Net,
  nowMs: number = wallClockMs(),
): Promise<ListedAttachment> {
  const { network, ifName, containerId, netns, writtenAtMs } = attachment
  const result = await net.cache.readResult(attachment, CURRENT_VERSION)
  const ips = result.ok ? (result.value?.ips ?? []) : []
  return {
    network,
    ifName,
    containerId,
    addresses: ips.map(({ address }) => address),
    netns,
    namespace: await livenessOfAttachment(
      attachment,
      systemNodeState,
      await systemNodeState.bootedAtMs(),
    ),
    addedAt: new Date(writtenAtMs).toISOString(),
    ageMs: Math.max(0, Math.round(nowMs - writtenAtMs)),
  }
}
