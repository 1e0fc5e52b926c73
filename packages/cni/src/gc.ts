import type { AttachmentKey, CachedAttachment } from './attachment.ts'
import type { CacheListing } from './cache.ts'
import type { NetworkConfigList, PluginConfig } from './config/network-config.ts'
import type { CniError, CniOutcome } from './errors.ts'
import { isAtLeast } from './versions.ts'

/** An attachment that is still in use (CNI spec 1.1.0 section 2, "GC"). */
export interface GcAttachment {
  readonly containerId: string
  readonly ifName: string
}

/** What a garbage collection came to. It goes on after an error; all of them are here. */
export interface GcReport {
  /**
   * Whether the plugins were run: `disabled` if the list says `disableGC`, and then nothing is done at
   * all; `not-supported` if it is older than 1.1.0, and then only cached attachments are deleted.
   */
  readonly plugins: 'collected' | 'disabled' | 'not-supported'
  /** Cached attachments that were not valid and are deleted. */
  readonly deleted: readonly AttachmentKey[]
  readonly errors: readonly CniError[]
}

/** What a garbage collection is made of. */
interface GcSteps {
  readonly listCached: () => Promise<CniOutcome<CacheListing>>
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
  validAttachments: readonly GcAttachment[],
  steps: GcSteps,
): Promise<GcReport> {
  if (list.disableGC) return { plugins: 'disabled', deleted: [], errors: [] }
  const cached = await steps.listCached()
  // Without the list nobody knows what is stale; libcni reports success here.
  if (!cached.ok) return { plugins: 'not-supported', deleted: [], errors: [cached.error] }

  const deleted: AttachmentKey[] = []
  const errors: CniError[] = []
  for (const attachment of staleAttachments(list.name, cached.value, validAttachments)) {
    const done = await steps.deleteStale(attachment)
    const { network, containerId, ifName } = attachment
    if (done.ok) deleted.push({ network, containerId, ifName })
    else errors.push(done.error)
  }
  if (!isAtLeast(list.cniVersion, '1.1.0')) return { plugins: 'not-supported', deleted, errors }

  const attachments = attachmentKeys(validAttachments)
  for (const plugin of list.plugins) {
    const done = await steps.collect(plugin, attachments)
    if (!done.ok) errors.push(done.error)
  }
  return { plugins: 'collected', deleted, errors }
}

/** The cached attachments of a network that are not among the valid ones. */
export function staleAttachments(
  network: string,
  cached: CacheListing,
  validAttachments: readonly GcAttachment[],
): CachedAttachment[] {
  const valid = new Set(validAttachments.map(identity))
  return cached.attachments.filter(
    (attachment) => attachment.network === network && !valid.has(identity(attachment)),
  )
}

function identity({ containerId, ifName }: GcAttachment): string {
  // Neither has a slash in it.
  return `${containerId}/${ifName}`
}

function attachmentKeys(validAttachments: readonly GcAttachment[]) {
  const json = JSON.stringify(
    validAttachments.map(({ containerId, ifName }) => ({
      containerID: containerId,
      ifname: ifName,
    })),
  )
  // The spec of 1.1.0 was first published with the second name (containernetworking/cni#1101).
  return { 'cni.dev/valid-attachments': json, 'cni.dev/attachments': json }
}
