import type {
  CacheListing,
  Cni,
  CniError,
  CniOutcome,
  GcAttachment,
  NetworkConfigList,
} from '@fairlead/cni'
import type { OperationOptions } from './attach.ts'
import { NetworksError } from './errors.ts'
import { type Liveness, type NodeState, type Reservation, reservationDirsOf } from './node-state.ts'

/** What is needed to tell whose an address is, and to release it. */
export interface OrphanWorld {
  readonly cni: Cni
  readonly node: NodeState
  readonly turn: (containerId: string, work: () => Promise<Collected>) => Promise<Collected>
  readonly livenessOf?: (containerId: string, isCached: boolean) => Liveness
  readonly dryRun?: boolean
  readonly options: OperationOptions
  /** Every folder that addresses are kept in. */
  readonly dirs: readonly string[]
  readonly bootedAtMs: number
}

/** What DEL came to; undefined where there was nothing to delete any more. */
export type Collected = CniOutcome<void> | undefined

/** The addresses of one network that no attachment of the cache accounts for. */
export interface Orphans {
  readonly reservations: readonly {
    readonly reservation: Reservation
    readonly released: boolean
  }[]
  readonly undecided: readonly { readonly reservation: Reservation; readonly reason: string }[]
  /** Whose addresses stay, whatever the reason. */
  readonly keep: readonly GcAttachment[]
  readonly errors: readonly (CniError | NetworksError)[]
}

/**
 * Releases the addresses of containers that are gone, each by a DEL with the container's id, the
 * interface and no namespace. One is a container's that is gone if the caller says so, or if it is older
 * than the node's boot; that of a pod whose ADD goes on has no entry in the cache yet, either, so that
 * nothing else counts.
 */
export async function collectOrphans(
  name: string,
  list: NetworkConfigList | undefined,
  world: OrphanWorld,
): Promise<Orphans> {
  const { reservations, errors } = await reservationsOf(name, world)
  const cached = await world.cni.cachedAttachments()
  const undecided: { reservation: Reservation; reason: string }[] = []
  const gone = new Map<Reservation, Collected>()
  for (const reservation of reservations) {
    const verdict = judge(reservation, list, cached, world)
    if (verdict.state === 'undecided') undecided.push({ reservation, reason: verdict.reason })
    if (verdict.state !== 'gone' || list === undefined) continue
    if (world.dryRun === true || world.options.signal?.aborted === true) {
      gone.set(reservation, undefined)
      continue
    }
    const done = await world.turn(reservation.containerId, () => release(reservation, list, world))
    gone.set(reservation, done)
    if (done?.ok === false) errors.push(done.error)
  }
  // That DEL succeeds says nothing: it does so as well where the plugin knows nothing of the address.
  const left = gone.size === 0 ? reservations : (await reservationsOf(name, world)).reservations
  const isLeft = (one: Reservation) => left.some((other) => isSame(one, other))
  const unmoved = [...gone].filter(([one, done]) => done?.ok === true && isLeft(one))
  return {
    reservations: [...gone.keys()].map((one) => ({ reservation: one, released: !isLeft(one) })),
    undecided,
    keep: left.map(({ containerId, ifName = SOME_IF_NAME }) => ({ containerId, ifName })),
    errors: [...errors, ...unmoved.map(([reservation]) => notReleased(reservation))],
  }
}

// host-local takes any for a reservation that has none (plugins v1.9.1 backend/disk `ReleaseByID`).
const SOME_IF_NAME = 'eth0'

async function reservationsOf(name: string, { node, dirs }: OrphanWorld) {
  const readings = await Promise.all(dirs.map((dir) => node.reservations(dir, name)))
  const errors: (CniError | NetworksError)[] = readings.flatMap((reading) => reading.errors)
  return { reservations: readings.flatMap((reading) => reading.reservations), errors }
}

type Verdict =
  | { readonly state: 'in-use' | 'gone' }
  | { readonly state: 'undecided'; readonly reason: string }

function judge(
  { containerId, dataDir, reservedAtMs }: Reservation,
  list: NetworkConfigList | undefined,
  cached: CniOutcome<CacheListing>,
  { livenessOf, bootedAtMs }: OrphanWorld,
): Verdict {
  if (!cached.ok) return { state: 'undecided', reason: cached.error.message }
  // Of another network, too: what a meta plugin delegates to is in a cache of its own.
  if (cached.value.attachments.some((one) => one.containerId === containerId)) {
    return { state: 'in-use' }
  }
  const damaged = cached.value.damaged.find(({ file }) => file.includes(containerId))
  if (damaged !== undefined) return { state: 'undecided', reason: damaged.problem }
  const word = livenessOf?.(containerId, false) ?? 'unknown'
  if (word === 'alive') return { state: 'in-use' }
  if (word === 'unknown' && reservedAtMs >= bootedAtMs) {
    const reason = 'it is younger than the boot and the cache does not know its container'
    return { state: 'undecided', reason }
  }
  if (list === undefined) {
    return { state: 'undecided', reason: 'its network has no configuration to release it with' }
  }
  if (!reservationDirsOf(list).includes(dataDir)) {
    return { state: 'undecided', reason: 'its network keeps its addresses elsewhere by now' }
  }
  return { state: 'gone' }
}

/** In the container's turn: by now it may have been attached. */
async function release(
  reservation: Reservation,
  list: NetworkConfigList,
  world: OrphanWorld,
): Promise<Collected> {
  const cached = await world.cni.cachedAttachments()
  if (judge(reservation, list, cached, world).state !== 'gone') return undefined
  const { containerId, ifName = SOME_IF_NAME } = reservation
  return world.cni.delNetworkList(
    list,
    { containerId, ifName, netns: '' },
    {
      ...world.options,
      goOn: true,
    },
  )
}

function isSame(left: Reservation, right: Reservation): boolean {
  return (
    left.dataDir === right.dataDir &&
    left.address === right.address &&
    left.containerId === right.containerId
  )
}

function notReleased({ network, address, containerId }: Reservation): NetworksError {
  return new NetworksError(
    'FL_NETWORKS_IPAM',
    `${address} of network ${network} is still kept for container ${containerId} after DEL`,
    'Does the plugin keep its addresses where its configuration says?',
  )
}
