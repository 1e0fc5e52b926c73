import type { NetworksEvent } from '@fairlead/networks'
import type { LatePod } from './cluster/late-pods.ts'
import type { ProbeEvent } from './cluster/probe.ts'
import type { PublisherEvent } from './publisher.ts'
import type { WatchdogEvent } from './watchdog.ts'

/** Something that an agent did or saw. */
export type AgentEvent =
  | PublisherEvent
  | WatchdogEvent
  | ClusterEvent
  | ProbeEvent
  | Extract<NetworksEvent, { type: 'rejected' | 'blind' | 'sighted' }>
  | { readonly type: 'failed'; readonly what: string; readonly reason: string }

/** Something that comes of talking to the API server. */
export type ClusterEvent =
  | { readonly type: 'cluster-failed'; readonly what: string; readonly reason: string }
  | { readonly type: 'pod-evicted'; readonly pod: LatePod }
