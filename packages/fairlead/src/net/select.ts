import { type CachedAttachment, type NetworkAttachment, parseCachedConfig } from '@fairlead/cni'
import { FairleadError } from '../errors.ts'
import { valueOf } from './failure.ts'
import { isSameNetns } from '../netns.ts'
import type { AttachmentRequest } from './request.ts'
import type { Net } from './settings.ts'

/** The cached attachments of the container or namespace that is asked about, oldest first. */
export async function cachedOf(
  request: AttachmentRequest,
  net: Net,
): Promise<readonly CachedAttachment[]> {
  const { netns, containerId } = request
  if (netns === undefined && containerId === undefined) {
    throw new FairleadError('FL_USAGE', 'Neither --netns nor --container-id is given.', {
      hint: '--netns takes a path, or a name that `ip netns` knows; see `fairlead net list`.',
    })
  }
  const { attachments } = valueOf(await net.cni.cachedAttachments(containerId))
  return attachments
    .filter(
      (attachment) =>
        containerId !== undefined || (netns !== undefined && isSameNetns(attachment.netns, netns)),
    )
    .toSorted((left, right) => left.writtenAtMs - right.writtenAtMs)
}

/** Those of the nth network that is asked about: of the interface that is named, or all. */
export function ofNetwork(
  cached: readonly CachedAttachment[],
  request: AttachmentRequest,
  index: number,
): readonly CachedAttachment[] {
  const ifName = request.ifNames[index]
  return cached.filter(
    (attachment) =>
      attachment.network === request.networks[index] &&
      (ifName === undefined || attachment.ifName === ifName),
  )
}

/** The network as it was when ADD was run, which CHECK and DEL have to be run with. */
export function listOfAttachment(attachment: NetworkAttachment) {
  return parseCachedConfig(attachment.config)
}

/** How people tell a container: by its namespace where that is known. */
export function containerName(request: AttachmentRequest): string {
  return request.netns ?? `container ${request.containerId ?? ''}`
}

/** The refusal of an attachment that is not there. */
export function notAttached(what: string, where: string): FairleadError {
  return new FairleadError('FL_NOT_ATTACHED', `${what} to ${where}.`, {
    hint: '`fairlead net list` shows what is attached where.',
  })
}
