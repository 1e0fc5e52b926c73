import type { KubeApi, KubeError, KubeObject } from '../../kube/api.ts'
import { type LeaderEvent, leadWith } from '../../kube/lease.ts'
import { createReflector, type ReflectorEvent } from '../../kube/reflector.ts'
import { objectEvents } from '../../kube/object-events.ts'
import { NODES } from '../../kube/resources.ts'
import type { Random } from '../../random.ts'
import type { Clock } from '../../ports.ts'
import type { Upgrade } from '../decide.ts'
import { executorOf } from '../executors/executor-of.ts'
import { JOBS, UPGRADE_LABEL } from '../executors/jobs.ts'
import { gatesOf } from './gates.ts'
import { trimmedNode } from './node-object.ts'
import { RUNTIME_UPGRADES } from '../resource.ts'
import type { Tally } from '../tally.ts'
import { eventsOf } from './upgrade-events.ts'
import { UpgradeWork } from './upgrade-work.ts'
import type { WorkEvent } from './work-event.ts'

/** What a controller tells. */
export type ControllerEvent =
  | { readonly type: 'leader'; readonly event: LeaderEvent }
  | { readonly type: 'watch'; readonly what: string; readonly error: KubeError }
  | { readonly type: 'work'; readonly upgrade: string; readonly event: WorkEvent }
  /** An Event was not written, and is tried again. */
  | { readonly type: 'event'; readonly what: string; readonly error: KubeError }
  /** It goes round; said at least every minute by the one that works. */
  | { readonly type: 'turn' }
  /** What comes next for an upgrade was decided. */
  | { readonly type: 'looked'; readonly upgrade: string; readonly tally: Tally }
  /** An upgrade is no more. */
  | { readonly type: 'gone'; readonly upgrade: string }

/** What a controller works with. */
export interface ControllerWorld {
  readonly api: KubeApi
  readonly clock: Clock
  readonly wallMs: () => number
  readonly random: Random
  readonly fetch: typeof fetch
  readonly onEvent: (event: ControllerEvent) => void
}

/** Who a controller is. */
export interface ControllerOptions {
  /** Where its Lease and its Jobs are. */
  readonly namespace: string
  /** One of its own for each process. */
  readonly identity: string
}

/** A whole wave of nodes, and then some: beyond that the oldest Events that could not be written go. */
const EVENTS_MAX = 2_000
/** However much happens, it looks no more often than this. */
const LOOK_EVERY_MS = 1_000
/** However little does, it looks this often: a watch may be silent for longer than it should. */
const LOOK_AT_LEAST_EVERY_MS = 60_000

/** Carries out the RuntimeUpgrades of a cluster until `signal` is aborted. Of several, one does. */
export async function runController(
  { namespace, identity }: ControllerOptions,
  world: ControllerWorld,
  signal: AbortSignal,
): Promise<void> {
  const { api, clock, wallMs, onEvent } = world
  await leadWith(
    { namespace, name: 'fairlead-controller', identity },
    { api, clock, wallMs, onEvent: (event) => onEvent({ type: 'leader', event }) },
    (lead) => carryOut(namespace, world, lead),
    signal,
  )
}

/** Carries them out without asking whether anybody else does. */
export async function carryOut(
  namespace: string,
  world: ControllerWorld,
  signal: AbortSignal,
): Promise<void> {
  const { api, clock, random, onEvent } = world
  const works = new Map<string, { readonly work: UpgradeWork; dueMs: number }>()
  let bell = new AbortController()
  let changed = false

  const ring = (): void => {
    changed = true
    bell.abort()
  }
  const reflect = (
    what: string,
    resource: typeof NODES,
    selection: { readonly labelSelector?: string; readonly namespace?: string },
    take: (event: Exclude<ReflectorEvent, { type: 'failed' }>) => void,
    trim = (object: KubeObject) => object,
  ) =>
    createReflector(resource, selection, {
      api,
      clock,
      random,
      trim,
      onEvent: (event) => {
        if (event.type === 'failed') {
          onEvent({ type: 'watch', what, error: event.error })
          return
        }
        take(event)
        ring()
      },
    })

  const nodes = reflect(
    'nodes',
    NODES,
    {},
    (event) => {
      for (const { work } of works.values()) {
        if (event.type === 'changed') work.nodeChanged(event.object)
        if (event.type === 'removed') work.nodeRemoved(event.object.metadata.name)
      }
    },
    trimmedNode,
  )
  const upgrades = reflect('upgrades', RUNTIME_UPGRADES, {}, () => undefined)
  const jobs = reflect('jobs', JOBS, { namespace, labelSelector: UPGRADE_LABEL }, () => undefined)
  const reflectors = [nodes, upgrades, jobs]

  const events = objectEvents({
    component: 'fairlead-controller',
    instance: 'fairlead-controller',
    queueMax: EVENTS_MAX,
    clock,
    wallMs: world.wallMs,
    onError: (what, error) => onEvent({ type: 'event', what, error }),
  })

  const workOn = (name: string): UpgradeWork => {
    const jobWorld = ({ name, uid }: Upgrade) => ({
      api,
      clock,
      namespace,
      upgrade: { name, uid },
      nodes: () => nodes.objects(),
      jobs: () => jobs.objects(),
    })
    const work: UpgradeWork = new UpgradeWork(name, {
      api,
      clock,
      wallMs: world.wallMs,
      nodes: () => nodes.objects(),
      executorFor: (upgrade) => executorOf(upgrade.spec, jobWorld(upgrade)),
      gatesFor: (upgrade) =>
        gatesOf(upgrade.spec, { ...jobWorld(upgrade), wallMs: world.wallMs, fetch: world.fetch }),
      onEvent: (event) => {
        onEvent({ type: 'work', upgrade: name, event })
        const { upgrade } = work
        if (upgrade === undefined) return
        for (const told of eventsOf(event, upgrade)) events.tell(told.about, told.event)
      },
    })
    return work
  }

  const look = async (): Promise<void> => {
    for (const object of inTurn(upgrades.objects().values())) {
      const { name } = object.metadata
      let one = works.get(name)
      if (one === undefined) {
        one = { work: workOn(name), dueMs: 0 }
        works.set(name, one)
      }
      if (signal.aborted) return
      const againInMs = await one.work.look(signal)
      if (againInMs === 'gone') {
        forget(name)
        continue
      }
      one.dueMs = clock.now() + Math.min(againInMs ?? Infinity, LOOK_AT_LEAST_EVERY_MS)
      const tally = one.work.tally()
      if (tally !== undefined) onEvent({ type: 'looked', upgrade: name, tally })
    }
    for (const name of works.keys()) if (!upgrades.objects().has(name)) forget(name)
  }
  const forget = (name: string): void => {
    works.delete(name)
    onEvent({ type: 'gone', upgrade: name })
  }

  const running = Promise.all([
    ...reflectors.map((reflector) => reflector.run(signal)),
    events.run(api, signal),
  ])
  while (!signal.aborted) {
    onEvent({ type: 'turn' })
    if (reflectors.every((reflector) => reflector.isSynced())) {
      changed = false
      await look()
    }
    await sleep(LOOK_EVERY_MS, signal)
    // Looked at in the meantime is what has changed in the meantime.
    if (changed) continue
    bell = new AbortController()
    const dueMs = Math.min(
      ...[...works.values()].map((one) => one.dueMs),
      clock.now() + LOOK_AT_LEAST_EVERY_MS,
    )
    await sleep(dueMs - clock.now(), AbortSignal.any([signal, bell.signal]))
  }
  await running

  async function sleep(ms: number, until: AbortSignal): Promise<void> {
    if (ms > 0) await clock.sleep(ms, until).catch(() => undefined)
  }
}

/** The older upgrade first: it has what both want. */
function inTurn(objects: Iterable<KubeObject>): KubeObject[] {
  const age = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? ''
  return [...objects].sort((a, b) => age(a).localeCompare(age(b)))
}
