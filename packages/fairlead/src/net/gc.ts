import path from 'node:path'
import {
  type AttachmentKey,
  type CachedAttachment,
  type CacheListing,
  isAtLeast,
  type NetworkConfigList,
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
   * before 1.1.0; `not-configured` if only the cache knows the network; `not-run` where an entry of the
   * cache cannot be read, or the network's configuration is broken.
   */
  readonly plugins: 'collected' | 'disabled' | 'not-supported' | 'not-configured' | 'not-run'
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
  const named = request.networks.map(async (name) => ({ name, list: await configured(name, net) }))
  const targets = named.length > 0 ? await Promise.all(named) : await allNetworks(net)
  const reports = []
  for (const target of targets) {
    // Anew for each: attachments come and go while the others are collected.
    const cached = valueOf(await net.cni.cachedAttachments())
    reports.push(await collect(target, cached, request.dryRun, net))
  }
  return reports
}

interface Target {
  readonly name: string
  /** Undefined where only the cache knows the network. */
  readonly list: NetworkConfigList | undefined
  /** A file of the conf dir that is broken: whose network it is, nobody knows. */
  readonly error?: Failure
}

/** A broken file costs only itself. */
async function allNetworks(net: Net): Promise<readonly Target[]> {
  const files = await networkFiles(net.confDir)
  const { attachments } = valueOf(await net.cni.cachedAttachments())
  const targets = new Map<string, Target>()
  const broken: Target[] = []
  for (const { file, list } of files) {
    if (!list.ok) broken.push({ name: file, list: undefined, error: failureOf(list.error) })
    else if (!targets.has(list.value.name)) {
      targets.set(list.value.name, { name: list.value.name, list: list.value })
    }
  }
  for (const { network } of attachments) {
    if (!targets.has(network)) targets.set(network, { name: network, list: undefined })
  }
  return [...targets.values(), ...broken]
}

/** Undefined where only the cache knows the network. */
async function configured(name: string, net: Net): Promise<NetworkConfigList | undefined> {
  const list = await loadNetwork(name, net)
  if (list.ok) return list.value
  const { attachments } = valueOf(await net.cni.cachedAttachments())
  const isCached = attachments.some(({ network }) => network === name)
  if (list.error.code === 'FL_CNI_NETWORK_UNKNOWN' && isCached) return undefined
  throw list.error
}

async function collect(
  { name, list, error }: Target,
  cached: CacheListing,
  isDryRun: boolean,
  net: Net,
): Promise<NetworkGc> {
  if (error !== undefined) {
    return { network: name, plugins: 'not-run', valid: 0, stale: [], errors: [error] }
  }
  const own = cached.attachments.filter(({ network }) => network === name)
  const seen = new Map<CachedAttachment, ListedAttachment>()
  const isValid = async (attachment: CachedAttachment) => {
    const listed = await listedAttachment(attachment, net)
    seen.set(attachment, listed)
    return listed.namespace !== 'gone'
  }
  const done = await (isDryRun || list?.disableGC === true
    ? onlyLooked(own, isValid, plannedFor(name, list, cached))
    : list === undefined
      ? deleteStale(own, isValid, net)
      : runGc(list, isValid, net))
  const all = [...seen.values()]
  const isDeleted = ({ containerId, ifName }: ListedAttachment) =>
    done.deleted.some((key) => key.containerId === containerId && key.ifName === ifName)
  const stale = all.filter(({ namespace }) => namespace === 'gone')
  return {
    network: name,
    plugins: done.plugins,
    valid: all.length - stale.length,
    stale: stale.map((listed) => ({ ...listed, deleted: isDeleted(listed) })),
    errors: done.errors,
  }
}

interface Collected {
  readonly plugins: NetworkGc['plugins']
  readonly deleted: readonly Pick<AttachmentKey, 'containerId' | 'ifName'>[]
  readonly errors: readonly Failure[]
}

type IsValid = (attachment: CachedAttachment) => Promise<boolean>

async function onlyLooked(
  own: readonly CachedAttachment[],
  isValid: IsValid,
  plugins: NetworkGc['plugins'],
): Promise<Collected> {
  for (const attachment of own) await isValid(attachment)
  return { plugins, deleted: [], errors: [] }
}

async function runGc(list: NetworkConfigList, isValid: IsValid, net: Net): Promise<Collected> {
  const { plugins, deleted, errors } = await net.cni.gcNetworkList(list, isValid, net.call)
  return { plugins, deleted, errors: errors.map(failureOf) }
}

/** Of a network that only the cache knows. */
async function deleteStale(
  own: readonly CachedAttachment[],
  isValid: IsValid,
  net: Net,
): Promise<Collected> {
  const deleted = []
  const errors = []
  for (const attachment of own) {
    if (await isValid(attachment)) continue
    const error = failureOfOutcome(await net.cni.delAttachment(attachment, net.call))
    if (error === undefined) deleted.push(attachment)
    else errors.push(error)
  }
  return { plugins: 'not-configured', deleted, errors }
}

/** What a collection will say of the plugins. */
function plannedFor(
  name: string,
  list: NetworkConfigList | undefined,
  { damaged }: CacheListing,
): NetworkGc['plugins'] {
  if (list === undefined) return 'not-configured'
  if (list.disableGC) return 'disabled'
  if (!isAtLeast(list.cniVersion, '1.1.0')) return 'not-supported'
  const isUnclear = damaged.some(({ file }) => path.basename(file).startsWith(`${name}-`))
  return isUnclear ? 'not-run' : 'collected'
}
