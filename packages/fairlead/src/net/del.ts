import type { CachedAttachment } from '@fairlead/cni'
import { FairleadError } from '../errors.ts'
import { type Failure, failureOf, failureOfOutcome } from './failure.ts'
import { containerIdOf, deleteNetns, netnsName, netnsState } from '../netns.ts'
import { loadNetwork } from './networks.ts'
import { type AttachmentRequest, defaultIfName } from './request.ts'
import { cachedOf, containerName, notAttached, ofNetwork } from './select.ts'
import type { Net } from './settings.ts'

/** What to delete. */
export interface DelRequest extends AttachmentRequest {
  /** Everything that the cache knows of the container, whatever `networks` says. */
  readonly all: boolean
  /** Delete the namespace, too, once nothing is attached to it. */
  readonly deleteNetns: boolean
}

/** What deleting came to; it goes on after an error. */
export interface DelReport {
  readonly attachments: readonly Deleted[]
  readonly netnsDeleted: boolean
  readonly netnsError?: Failure
}

/** One attachment that DEL was run for. */
interface Deleted {
  readonly network: string
  readonly containerId: string
  readonly ifName: string
  /** Whose configuration DEL was run with. */
  readonly from: 'cache' | 'conf-dir'
  readonly error?: Failure
}

type Target =
  | { readonly from: 'cache'; readonly attachment: CachedAttachment }
  | { readonly from: 'conf-dir'; readonly network: string; readonly ifName: string }

/**
 * Deletes attachments, last first. What ADD was run with comes from the cache, so that neither the
 * namespace nor the configuration need be there any more; without an entry, from the conf dir.
 */
export async function delNetworks(request: DelRequest, net: Net): Promise<DelReport> {
  if (request.all === request.networks.length > 0) {
    throw new FairleadError(
      'FL_USAGE',
      request.all ? 'Both networks and --all are given.' : 'No network is named.',
      { hint: 'Name the networks to delete, or delete all that the container has with --all.' },
    )
  }
  const name = request.netns === undefined ? undefined : netnsName(request.netns)
  if (request.deleteNetns && name === undefined) {
    throw new FairleadError('FL_USAGE', '--delete-netns takes a namespace of `ip netns`.', {
      hint: 'Name it with --netns NAME.',
    })
  }
  const cached = await cachedOf(request, net)
  const attachments = []
  for (const target of targetsOf(cached, request).toReversed()) {
    attachments.push(await deleteOne(target, cached, request, net))
  }
  const hasFailed = attachments.some(({ error }) => error !== undefined)
  if (!request.deleteNetns || name === undefined || hasFailed) {
    return { attachments, netnsDeleted: false }
  }
  try {
    return { attachments, netnsDeleted: await deleteEmptyNetns(name, request, net) }
  } catch (error) {
    return { attachments, netnsDeleted: false, netnsError: failureOf(error) }
  }
}

function targetsOf(cached: readonly CachedAttachment[], request: DelRequest): Target[] {
  const ofCache = (attachment: CachedAttachment): Target => ({ from: 'cache', attachment })
  if (request.all) return cached.map(ofCache)
  const targets = request.networks.flatMap((network, index): Target[] => {
    const own = ofNetwork(cached, request, index)
    const ifName = request.ifNames[index] ?? defaultIfName(index)
    return own.length === 0 ? [{ from: 'conf-dir', network, ifName }] : own.map(ofCache)
  })
  // A network that is named twice means its attachments once.
  return targets.filter(
    (target, index) =>
      target.from === 'conf-dir' ||
      targets.findIndex(
        (other) => other.from === 'cache' && other.attachment === target.attachment,
      ) === index,
  )
}

async function deleteOne(
  target: Target,
  cached: readonly CachedAttachment[],
  request: DelRequest,
  net: Net,
): Promise<Deleted> {
  if (target.from === 'cache') {
    const { network, containerId, ifName } = target.attachment
    const error = failureOfOutcome(await net.cni.delAttachment(target.attachment, net.call))
    return {
      network,
      containerId,
      ifName,
      from: 'cache',
      ...(error === undefined ? {} : { error }),
    }
  }
  const { network, ifName } = target
  const { netns = '', args, capabilityArgs } = request
  const containerId = request.containerId ?? containerIdOf(netns)
  const key = { network, containerId, ifName, from: 'conf-dir' } as const
  // DEL deletes the interface by its name, also one that another network made.
  const other = cached.find((attachment) => attachment.ifName === ifName)
  if (other !== undefined) {
    const where = `${containerName(request)}, whose ${ifName} is of network ${other.network}`
    return { ...key, error: failureOf(notAttached(`Network ${network} is not attached`, where)) }
  }
  const list = await loadNetwork(network, net)
  const conf = { containerId, netns, ifName, args, capabilityArgs }
  const done = list.ok ? await net.cni.delNetworkList(list.value, conf, net.call) : list
  const error = failureOfOutcome(done)
  return error === undefined ? key : { ...key, error }
}

/** False where it is gone already. */
async function deleteEmptyNetns(name: string, request: DelRequest, net: Net): Promise<boolean> {
  const left = await cachedOf({ ...request, containerId: undefined }, net)
  const [first] = left
  if (first !== undefined) {
    throw new FairleadError(
      'FL_NETNS_TOOL',
      `The namespace ${name} is kept: ${first.ifName} is attached to network ${first.network}.`,
      { hint: 'Delete everything that it has with --all.' },
    )
  }
  if (request.netns === undefined || (await netnsState(request.netns)) === 'gone') return false
  await deleteNetns(name, net.env)
  return true
}
