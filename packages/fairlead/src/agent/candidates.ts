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
    const source = sourceText(network)
    const text = publishedText(source, network, policy)
    return {
      network: network.name,
      file: network.file,
      text,
      isRewritten: text !== source,
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

/** A list has the plugins of the folder beside it in its own text, for libcni before 1.3 does not read that. */
function sourceText({ file, list }: Network): string {
  const [single] = list.plugins
  return file.endsWith('.conflist') || single === undefined ? list.json : single.json
}

/** What a runtime is given: by policy in a version at which nobody runs STATUS. */
function publishedText(text: string, { list }: Network, { statusBy }: PublishPolicy): string {
  if (statusBy === 'runtime' || !isAtLeast(list.cniVersion, '1.1.0')) return text
  const version = JSON.stringify(WITHOUT_STATUS)
  return replaceMembers(text, { cniVersion: version, cniVersions: `[${version}]` })
}
