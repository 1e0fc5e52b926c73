import { involvedNode, objectEvents } from '../../kube/object-events.ts'
import { dependenceOf, type Networks } from '@fairlead/networks'
import type { KubeApi, KubeError } from '../../kube/api.ts'
import { FairleadError } from '../../errors.ts'
import { clusterAccess } from '../../kube/find-cluster.ts'
import { connectKube } from '../../kube/http-api.ts'
import { isListening } from '../../listening.ts'
import { type Clock, wallClockMs } from '../../ports.ts'
import type { AgentEvent, ClusterEvent } from '../agent-event.ts'
import type { Publisher } from '../publisher.ts'
import type { RestartLeave } from '../repair.ts'
import type { RuntimeState } from '../runtime-watch.ts'
import { type Condition, conditionOf } from './condition.ts'
import type { ClusterConfig } from './config.ts'
import { nodeEventOf } from './event-of.ts'
import { type LatePod, latePods } from './late-pods.ts'
import { keepNodeCondition } from './node-condition.ts'
import type { Probed } from './probe.ts'
import { restartPermit } from './restart-permit.ts'

/** The part of an agent that talks to an API server, in the background: nobody waits for it. */
export interface Cluster {
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Takes what becomes an Event on the Node, where it is worth one. */
  readonly tell: (event: AgentEvent) => void
  /** Whether the cluster bears that the runtime is restarted now. */
  readonly restartLeave: () => RestartLeave
  /** Pods that run without a network that they ask for. */
  readonly latePods: () => readonly LatePod[]
}

/** What the agent knows of the node. */
export interface ClusterWorld {
  readonly connect: () => Promise<KubeApi & Disposable>
  /** The Node's name, where the config has none: a DaemonSet has one config for all nodes. */
  readonly nodeName?: string | undefined
  readonly networks: Pick<Networks, 'plan' | 'status'>
  readonly publisher: Pick<Publisher, 'status'>
  readonly runtime: () => RuntimeState
  /** What became of the last pod of our own; not given where none is to be made. */
  readonly probed?: (() => Probed) | undefined
  readonly isListening: (socket: string) => Promise<boolean>
  readonly clock: Clock
  readonly wallMs: () => number
  readonly onEvent: (event: ClusterEvent) => void
}

/** The real API server, sockets and time. */
export function realCluster(
  { kubeconfig }: Pick<ClusterConfig, 'kubeconfig'>,
  env: NodeJS.ProcessEnv,
): Pick<ClusterWorld, 'connect' | 'nodeName' | 'isListening' | 'wallMs'> {
  const choice = kubeconfig === undefined ? {} : { kubeconfig }
  return {
    connect: async () => connectKube(await clusterAccess(choice, env)),
    nodeName: env['NODE_NAME'],
    isListening,
    wallMs: wallClockMs,
  }
}

const RETELL_MS = 600_000
const TOLD_MAX = 100

/**
 * Makes the part; it connects when it is run.
 *
 * @throws {FairleadError} FL_AGENT_CONFIG where nobody says which Node it is.
 */
export function joinCluster(config: ClusterConfig, world: ClusterWorld): Cluster {
  const nodeName = config.nodeName ?? world.nodeName
  if (nodeName === undefined || nodeName === '') {
    throw new FairleadError(
      'FL_AGENT_CONFIG',
      'The agent is to talk to an API server, and does not know its Node.',
      {
        hint: 'Give kubernetes.nodeName in its config, or the variable NODE_NAME, as the manifests do.',
      },
    )
  }
  const { clock, wallMs, onEvent } = world
  // What goes on failing is told once in a while.
  const toldMs = new Map<string, number>()
  const onError = (what: string, { reason, message }: KubeError): void => {
    const key = `${what}: ${message}`
    const lastMs = toldMs.get(key) ?? -Infinity
    if (reason === 'aborted' || clock.now() - lastMs < RETELL_MS) return
    if (toldMs.size >= TOLD_MAX) toldMs.clear()
    toldMs.set(key, clock.now())
    onEvent({ type: 'cluster-failed', what, reason: message })
  }
  let readySinceMs: number | undefined
  const condition = async (): Promise<Condition> => {
    const now = await observedCondition(config, world)
    if (now.status === 'True') readySinceMs ??= wallMs()
    else readySinceMs = undefined
    return now
  }

  const shared = { nodeName, clock, wallMs, onError }
  const events = objectEvents({ ...shared, component: 'fairlead-agent', instance: nodeName })
  const permit = restartPermit({
    ...shared,
    namespace: config.leaseNamespace,
    minHealthy: config.minHealthy,
    withoutApiServer: config.withoutApiServer,
    isReady: () => world.runtime().kind === 'ready',
  })
  const pods = latePods({
    ...shared,
    recreate: config.recreatePods,
    everyMs: config.recreateEvery,
    networksReadySinceMs: () => readySinceMs,
    onEvicted: (pod) => onEvent({ type: 'pod-evicted', pod }),
  })

  return {
    tell: (event) => {
      const nodeEvent = nodeEventOf(event)
      if (nodeEvent !== undefined) events.tell(involvedNode(nodeName), nodeEvent)
    },
    restartLeave: permit.leave,
    latePods: pods.list,
    run: async (signal) => {
      using api = await world.connect()
      // One that fails for a reason nobody thought of ends the others; all begin again.
      const failed = new AbortController()
      const ends = AbortSignal.any([signal, failed.signal])
      const heartbeatMs = config.heartbeat
      const parts = [
        keepNodeCondition({ ...shared, api, condition, heartbeatMs }, ends),
        events.run(api, ends),
        permit.run(api, ends),
        pods.run(api, ends),
      ]
      try {
        await Promise.all(parts)
      } finally {
        failed.abort()
        await Promise.allSettled(parts)
      }
    },
  }
}

async function observedCondition(
  { requiredNetworks, requiredSockets }: ClusterConfig,
  { networks, publisher, runtime, probed, isListening: listens }: ClusterWorld,
): Promise<Condition> {
  const sources = networks.plan().steps.map(({ network }) => network)
  const required = sources.filter(({ name }) => requiredNetworks?.includes(name) ?? true)
  const sockets = [
    ...required.flatMap(({ list }) => dependenceOf(list).daemonSocket ?? []),
    ...requiredSockets,
  ]
  const closedSockets = []
  for (const socket of sockets) if (!(await listens(socket))) closedSockets.push(socket)
  const { published, waiting } = publisher.status()
  return conditionOf({
    required: requiredNetworks,
    sources,
    readiness: networks.status(),
    published,
    waiting,
    runtime: runtime(),
    closedSockets,
    probed: probed?.(),
  })
}
