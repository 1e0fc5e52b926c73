import path from 'node:path'
import type { AttachmentKey, CachedAttachment } from './attachment.ts'
import type { CacheListing } from './cache.ts'
import type { NetworkConfigList, PluginConfig } from './config/network-config.ts'
import { CniError, type CniOutcome } from './errors.ts'
import { isAtLeast } from './versions.ts'

/** An attachment that is still in use (CNI spec 1.1.0 section 2, "GC"). */
export interface GcAttachment {
  /** The container. */
  readonly containerId: string
  /** The interface in it. */
  readonly ifName: string
}

/** Those that are in use, or the answer to whether one of the cache is. */
export type ValidAttachments =
  | readonly GcAttachment[]
  | ((attachment: CachedAttachment) => boolean | Promise<boolean>)

/** What a garbage collection came to. It goes on after an error; all of them are here. */
export interface GcReport {
  /**
   * Whether the plugins were run: `disabled` if the list says `disableGC`, and then nothing is done at
   * all; `not-supported` if it is older than 1.1.0, and then only cached attachments are deleted;
   * `not-run` where the cache cannot say whose attachments are valid.
   */
  readonly plugins: 'collected' | 'disabled' | 'not-supported' | 'not-run'
  /** Cached attachments that were not valid and are deleted. */
  readonly deleted: readonly AttachmentKey[]
  /** Of the cache, of DEL and of GC, in the order in which they came. */
  readonly errors: readonly CniError[]
}

/** What a garbage collection is made of. */
interface GcSteps {
  readonly listCached: () => Promise<CniOutcome<CacheListing>>
  /** Valid beside those of the cache. */
  readonly keep: readonly GcAttachment[]
  readonly deleteStale: (attachment: CachedAttachment) => Promise<CniOutcome<void>>
  readonly collect: (
    plugin: PluginConfig,
    attachments: Readonly<Record<string, string>>,
  ) => Promise<CniOutcome<unknown>>
}

/**
 * Deletes the cached attachments of the network that are not among the valid ones, then runs GC of
 * every plugin (libcni v1.3 `GCNetworkList`).
 */
export async function gcNetworkList(
  list: NetworkConfigList,
  valid: ValidAttachments,
  steps: GcSteps,
): Promise<GcReport> {
  if (list.disableGC) return { plugins: 'disabled', deleted: [], errors: [] }
  const cached = await steps.listCached()
  // Without the list nobody knows what is stale; libcni reports success here.
  if (!cached.ok) return { plugins: 'not-run', deleted: [], errors: [cached.error] }

  const { stale, inUse } = await sorted(list.name, cached.value, valid)
  const deleted: AttachmentKey[] = []
  const errors: CniError[] = []
  for (const attachment of stale) {
    const { network, containerId, ifName } = attachment
    const done = await steps.deleteStale(attachment)
    if (done.ok) deleted.push({ network, containerId, ifName })
    else errors.push(done.error)
    if (isAborted(done)) return { plugins: 'not-run', deleted, errors }
  }
  if (!isAtLeast(list.cniVersion, '1.1.0')) return { plugins: 'not-supported', deleted, errors }
  const unknown = unknownEntries(list.name, cached.value)
  if (unknown.length > 0) return { plugins: 'not-run', deleted, errors: [...errors, ...unknown] }

  const attachments = attachmentKeys([...inUse, ...steps.keep])
  for (const plugin of list.plugins) {
    const done = await steps.collect(plugin, attachments)
    if (!done.ok) errors.push(done.error)
    if (isAborted(done)) break
  }
  return { plugins: 'collected', deleted, errors }
}

async function sorted(
  network: string,
  cached: CacheListing,
  valid: ValidAttachments,
): Promise<{ readonly stale: CachedAttachment[]; readonly inUse: readonly GcAttachment[] }> {
  const own = cached.attachments.filter((attachment) => attachment.network === network)
  if (typeof valid !== 'function') {
    const identities = new Set(valid.map(identity))
    return { stale: own.filter((one) => !identities.has(identity(one))), inUse: valid }
  }
  const answers = await Promise.all(own.map(async (attachment) => valid(attachment)))
  return {
    stale: own.filter((_, index) => answers[index] !== true),
    inUse: own.filter((_, index) => answers[index] === true),
  }
}

// An entry that cannot be read may be of a container that is being added at this moment: to leave it out
// of the valid ones would have the plugins take its address away.
function unknownEntries(network: string, { damaged }: CacheListing): CniError[] {
  return damaged
    .filter(({ file }) => path.basename(file).startsWith(`${network}-`))
    .map(
      ({ file, problem }) =>
        new CniError('FL_CNI_CACHE', `${problem}; until it is gone, plugins are not run`, {
          network,
          verb: 'GC',
          hint: `If nobody is adding a container now, remove ${file}.`,
        }),
    )
}

function isAborted(done: CniOutcome<unknown>): boolean {
  return !done.ok && done.error.code === 'FL_CNI_ABORTED'
}

function identity({ containerId, ifName }: GcAttachment): string {
  // Neither has a slash in it.
  return `${containerId}/${ifName}`
}

function attachmentKeys(validAttachments: readonly GcAttachment[]) {
  const unique = new Map(validAttachments.map((attachment) => [identity(attachment), attachment]))
  const json = JSON.stringify(
    [...unique.values()].map(({ containerId, ifName }) => ({
      containerID: containerId,
      ifname: ifName,
    })),
  )
  // The spec of 1.1.0 was first published with the second name (containernetworking/cni#1101).
  return { 'cni.dev/valid-attachments': json, 'cni.dev/attachments': json }
}
