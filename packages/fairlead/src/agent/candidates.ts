import { isAtLeast, replaceMembers } from '@fairlead/cni'
import {
  dependenceOf,
  type Network,
  type NetworksStatus,
  type NetworkStatus,
  type Plan,
} from '@fairlead/networks'
import type { PublishPolicy } from './config.ts'
import type { Candidate } from './decide.ts'

/** The newest version at which no runtime runs STATUS (CNI spec 1.1.0 brought it). */
const WITHOUT_STATUS = '1.0.0'

/** What is known of the sources. */
export interface Sources {
  readonly plan: Plan
  readonly status: NetworksStatus
  /** How long ago a network was last loaded with another text than before, in ms. */
  readonly loadedForMs: (network: Network) => number
}

/**
 * The networks of the sources as they would be published, with whether they could be used now. What was
 * seen before a file said what it says now does not count.
 */
export function candidatesOf(
  { plan, status, loadedForMs }: Sources,
  policy: PublishPolicy,
): readonly Candidate[] {
  return plan.steps.map(({ network, needs, missing }) => {
    const known = status.networks.find(({ name }) => name === network.name)
    const lacks =
      missing[0] === undefined ? undefined : `it delegates to ${missing[0]}, which is not there`
    const reason = lacks ?? notReadyReason(known, loadedForMs(network))
    const { daemonSocket } = dependenceOf(network.list)
    return {
      network: network.name,
      file: network.file,
      text: publishedText(network, policy),
      readiness: reason === undefined ? { ready: true } : { ready: false, reason },
      needs: needs.map(({ name }) => name),
      ...(daemonSocket === undefined ? {} : { daemonSocket }),
    }
  })
}

function notReadyReason(known: NetworkStatus | undefined, loadedForMs: number): string | undefined {
  if (known?.state === 'not-ready') return known.reason ?? 'it is not ready'
  const isFresh =
    known?.state === 'ready' && known.ageMs !== undefined && known.ageMs <= loadedForMs
  return isFresh ? undefined : 'it has not been looked at yet'
}

/**
 * What a runtime is given: a list with the plugins of the folder beside it in its own text, which
 * runtimes with libcni before 1.3 do not read; and by policy a version at which nobody runs STATUS.
 */
function publishedText({ file, list }: Network, { statusBy }: PublishPolicy): string {
  const [single] = list.plugins
  const text = file.endsWith('.conflist') || single === undefined ? list.json : single.json
  if (statusBy === 'runtime' || !isAtLeast(list.cniVersion, '1.1.0')) return text
  const version = JSON.stringify(WITHOUT_STATUS)
  return replaceMembers(text, { cniVersion: version, cniVersions: `[${version}]` })
}
