import {
  type AttachmentKey,
  type CachedAttachment,
  type CacheListing,
  compareVersions,
  type NetworkConfigList,
  staleAttachments,
} from '@fairlead/cni'
import { type Failure, failureOf, failureOfOutcome, valueOf } from './failure.ts'
import { type ListedAttachment, listedAttachment } from './list.ts'
import { loadNetwork, networkFiles } from './networks.ts'
import type { Net } from './settings.ts'

/** What garbage collection of one network came to, or would come to. */
export interface NetworkGc {
  readonly network: string
  /**
   * Whether its plugins collect what they still hold for attachments that are not valid:
   * `disabled` if the network says `disableGC`, and then nothing is deleted at all; `not-supported`
   * before 1.1.0; `not-configured` if only the cache knows the network.
   */
  readonly plugins: 'collected' | 'disabled' | 'not-supported' | 'not-configured'
  /** How many cached attachments are valid: their namespace lives, or cannot be seen. */
  readonly valid: number
  /** The others. */
  readonly stale: readonly StaleAttachment[]
  readonly errors: readonly Failure[]
}

/** An attachment whose namespace is gone. */
interface StaleAttachment extends ListedAttachment {
  readonly deleted: boolean
}

/**
 * Collects garbage of networks, or of all that the conf dir and the cache know: deletes the cached
 * attachments whose namespace is gone, then has the plugins release what they hold for others than
 * the ones that are left. A dry run only says which attachments the first part would delete.
 */
export async function gcNetworks(
  request: { readonly networks: readonly string[]; readonly dryRun: boolean },
  net: Net,
): Promise<readonly NetworkGc[]> {
  const cached = valueOf(await net.cni.cachedAttachments())
  const names = request.networks.length > 0 ? request.networks : await knownNetworks(cached, net)
  const networks = []
  for (const name of new Set(names)) {
    networks.push({ name, list: await configured(name, cached, net) })
  }
  const collected = []
  for (const network of networks) {
    collected.push(await collect(network, cached, request.dryRun, net))
  }
  return collected
}

async function knownNetworks(cached: CacheListing, net: Net): Promise<string[]> {
  const files = await networkFiles(net.confDir)
  return [
    ...files.map(({ list }) => valueOf(list).name),
    ...cached.attachments.map(({ network }) => network),
  ]
}

/** Undefined where only the cache knows the network. */
async function configured(
  name: string,
  cached: CacheListing,
  net: Net,
): Promise<NetworkConfigList | undefined> {
  const list = await loadNetwork(name, net)
  if (list.ok) return list.value
  const isUnknown = list.error.code === 'FL_CNI_NETWORK_UNKNOWN'
  if (isUnknown && cached.attachments.some(({ network }) => network === name)) return undefined
  throw list.error
}

interface Collected {
  readonly plugins: NetworkGc['plugins']
  readonly deleted: readonly Pick<AttachmentKey, 'containerId' | 'ifName'>[]
  readonly errors: readonly Failure[]
}

async function collect(
  { name, list }: { readonly name: string; readonly list: NetworkConfigList | undefined },
  cached: CacheListing,
  isDryRun: boolean,
  net: Net,
): Promise<NetworkGc> {
  const own = await Promise.all(
    cached.attachments
      .filter(({ network }) => network === name)
      .map(async (attachment) => ({ attachment, listed: await listedAttachment(attachment, net) })),
  )
  const valid = own
    .filter(({ listed }) => listed.namespace !== 'gone')
    .map(({ attachment }) => attachment)
  const stale = own.filter(({ listed }) => listed.namespace === 'gone')
  const done: Collected = isDryRun
    ? { deleted: [], errors: [], plugins: plannedFor(list) }
    : list === undefined
      ? await deleteAll(staleAttachments(name, cached, valid), net)
      : await runGc(list, valid, net)
  const isDeleted = ({ containerId, ifName }: ListedAttachment) =>
    done.deleted.some((key) => key.containerId === containerId && key.ifName === ifName)
  return {
    network: name,
    plugins: done.plugins,
    valid: valid.length,
    stale: stale.map(({ listed }) => ({ ...listed, deleted: isDeleted(listed) })),
    errors: done.errors,
  }
}

async function runGc(
  list: NetworkConfigList,
  valid: readonly CachedAttachment[],
  net: Net,
): Promise<Collected> {
  const { plugins, deleted, errors } = await net.cni.gcNetworkList(list, valid, net.call)
  return { plugins, deleted, errors: errors.map(failureOf) }
}

async function deleteAll(stale: readonly CachedAttachment[], net: Net): Promise<Collected> {
  const deleted = []
  const errors = []
  for (const attachment of stale) {
    const error = failureOfOutcome(await net.cni.delAttachment(attachment, net.call))
    if (error === undefined) deleted.push(attachment)
    else errors.push(error)
  }
  return { plugins: 'not-configured', deleted, errors }
}

/** What a collection will say of the plugins. */
function plannedFor(list: NetworkConfigList | undefined): NetworkGc['plugins'] {
  if (list === undefined) return 'not-configured'
  if (list.disableGC) return 'disabled'
  return (compareVersions(list.cniVersion, '1.1.0') ?? -1) >= 0 ? 'collected' : 'not-supported'
}
