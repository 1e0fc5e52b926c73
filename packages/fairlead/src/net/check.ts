import { type CachedAttachment, runtimeConfOf } from '@fairlead/cni'
import { type Failure, failureOf } from './failure.ts'
import type { AttachmentRequest } from './request.ts'
import { cachedOf, containerName, listOfAttachment, notAttached, ofNetwork } from './select.ts'
import type { Net } from './settings.ts'

/** What CHECK came to, of one attachment. */
export interface CheckedAttachment {
  readonly network: string
  readonly containerId?: string
  readonly ifName?: string
  /** `disabled` where the network says `disableCheck`. */
  readonly outcome: 'ok' | 'disabled' | 'failed'
  readonly error?: Failure
}

/**
 * Runs CHECK of the networks' attachments, or of all that the container has where none is named,
 * with the configuration that ADD was run with. Goes on after an error.
 */
export async function checkNetworks(
  request: AttachmentRequest,
  net: Net,
): Promise<readonly CheckedAttachment[]> {
  const cached = await cachedOf(request, net)
  if (request.networks.length === 0) {
    if (cached.length > 0) return checkAll(cached, net)
    throw notAttached('No network is attached', containerName(request))
  }
  const checked = []
  for (const [index, network] of request.networks.entries()) {
    const own = ofNetwork(cached, request, index)
    if (own.length > 0) checked.push(...(await checkAll(own, net)))
    else {
      const ifName = request.ifNames[index]
      const where = `${containerName(request)}${ifName === undefined ? '' : ` as ${ifName}`}`
      const error = failureOf(notAttached(`Network ${network} is not attached`, where))
      checked.push({ network, outcome: 'failed', error } as const)
    }
  }
  return checked
}

async function checkAll(
  attachments: readonly CachedAttachment[],
  net: Net,
): Promise<CheckedAttachment[]> {
  const checked = []
  for (const attachment of attachments) {
    const { network, containerId, ifName } = attachment
    const list = listOfAttachment(attachment)
    const done = list.ok
      ? await net.cni.checkNetworkList(list.value, runtimeConfOf(attachment), net.call)
      : list
    checked.push({
      network,
      containerId,
      ifName,
      ...(done.ok
        ? { outcome: done.value === 'disabled' ? ('disabled' as const) : ('ok' as const) }
        : { outcome: 'failed' as const, error: failureOf(done.error) }),
    })
  }
  return checked
}
