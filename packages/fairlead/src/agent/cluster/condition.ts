import type { NetworksStatus } from '@fairlead/networks'
import type { RuntimeState } from '../runtime-watch.ts'
import type { Probed } from './probe.ts'

/** What a condition of a Node says (Kubernetes API conventions, "Typical status properties"). */
export interface Condition {
  readonly status: 'True' | 'False' | 'Unknown'
  /** In CamelCase, for programs. */
  readonly reason:
    | 'NetworksReady'
    | 'NotObserved'
    | 'RuntimeNotReady'
    | 'NoNetwork'
    | 'NetworkMissing'
    | 'NetworkNotReady'
    | 'NetworkNotPublished'
    | 'SocketNotReady'
    | 'ProbeFailed'
  readonly message: string
}

/** A network of the sources. */
interface SourceNetwork {
  readonly name: string
  readonly file: string
}

/** What the condition follows from. */
export interface Observed {
  /** Those that have to be ready; all of the sources where it is not said. */
  readonly required: readonly string[] | undefined
  readonly sources: readonly SourceNetwork[]
  readonly readiness: NetworksStatus
  /** Files in the runtime's conf dir. */
  readonly published: readonly string[]
  /** Why a network is not published as its source has it. */
  readonly waiting: ReadonlyMap<string, string>
  readonly runtime: RuntimeState
  /** Those of the required sockets that nobody listens at. */
  readonly closedSockets: readonly string[]
  /** What became of the last pod of our own; undefined where none is to be made. */
  readonly probed: Probed | undefined
}

/**
 * Whether pods of every required network can be attached: the network is whole in the sources, its plugins can
 * run, it is published, the sockets that are required are open, the runtime is Ready and, where that is wanted, a pod
 * of our own could be made and removed. The first thing that is amiss counts.
 */
export function conditionOf(observed: Observed): Condition {
  const { sources, readiness, published, waiting, runtime, closedSockets, probed } = observed
  const no = (reason: Condition['reason'], message: string): Condition => {
    return { status: 'False', reason, message }
  }
  const required = observed.required ?? sources.map(({ name }) => name)
  if (required.length === 0) return no('NoNetwork', 'There is no network in the source dirs.')
  for (const name of required) {
    const source = sources.find((one) => one.name === name)
    if (source === undefined) {
      return no('NetworkMissing', `Network ${name} is not in the source dirs.`)
    }
    const status = readiness.networks.find((one) => one.name === name)
    if (status?.state === 'not-ready') {
      return no('NetworkNotReady', `Network ${name}: ${status.reason ?? 'it is not ready'}`)
    }
    if (status === undefined || status.state === 'unknown') {
      const message = `Network ${name} has not been looked at yet.`
      return { status: 'Unknown', reason: 'NotObserved', message }
    }
    if (!published.includes(source.file)) {
      const why = waiting.get(name) ?? 'its turn has not come'
      return no('NetworkNotPublished', `Network ${name} waits: ${why}`)
    }
  }
  const [closed] = closedSockets
  if (closed !== undefined) return no('SocketNotReady', `Nobody listens at ${closed}.`)
  if (runtime.kind === 'unknown') {
    const message = 'The runtime has not been looked at yet.'
    return { status: 'Unknown', reason: 'NotObserved', message }
  }
  if (runtime.kind !== 'ready') return no('RuntimeNotReady', runtimeText(runtime))
  if (probed?.kind === 'none') {
    const message = 'No probe has shown yet whether a pod can be made.'
    return { status: 'Unknown', reason: 'NotObserved', message }
  }
  if (probed?.kind === 'failed') return no('ProbeFailed', `The last probe: ${probed.reason}`)
  const message = `Pods can be attached to ${required.join(', ')}.`
  return { status: 'True', reason: 'NetworksReady', message }
}

/** Without how long it has been so: each change of the text is a write. */
function runtimeText(runtime: Exclude<RuntimeState, { kind: 'ready' | 'unknown' }>): string {
  switch (runtime.kind) {
    case 'not-ready':
      return `The runtime is not Ready: ${runtime.reason}`
    case 'away':
      return `The runtime is not there: ${runtime.reason}`
    case 'stalled':
      return 'The runtime does not answer Status, while it answers listings.'
    case 'overloaded':
      return 'The runtime answers neither Status nor listings.'
  }
}
