import type { NetworkConfigList } from '@fairlead/cni'
import {
  reconcile,
  type Reconciled,
  type ReconcileTarget,
  reconcileTargets,
  type Reservation,
  systemNodeState,
} from '@fairlead/networks'
import { wallClockMs } from '../ports.ts'
import { type Failure, failureOf, valueOf } from './failure.ts'
import { type ListedAttachment, listedAttachment } from './list.ts'
import { loadNetwork, networkFiles } from './networks.ts'
import type { Net } from './settings.ts'

/** What garbage collection of one network came to, or would come to. */
export interface NetworkGc extends Pick<Reconciled, 'network' | 'plugins' | 'valid'> {
  /** Attachments whose namespace is gone. */
  readonly stale: readonly StaleAttachment[]
  /** Addresses that are kept for containers that the cache does not know. */
  readonly reservations: readonly ListedReservation[]
  readonly errors: readonly Failure[]
}

/** An attachment whose namespace is gone. */
interface StaleAttachment extends ListedAttachment {
  readonly deleted: boolean
}

/** An address that no attachment of the cache accounts for. */
interface ListedReservation extends Reservation {
  readonly ageMs: number
  /** `kept`: it may be in use, or nobody knows how to release it. */
  readonly state: 'released' | 'left' | 'kept'
  /** Why it is kept. */
  readonly reason?: string
}

/**
 * Collects garbage of networks, or of all that the conf dir, the cache and host-local know: deletes the
 * cached attachments whose namespace is gone, releases the addresses from before the boot that no
 * attachment accounts for, then has the plugins release what they hold for others than the ones that
 * are left. A dry run only says which attachments and addresses that would be.
 */
export async function gcNetworks(
  request: { readonly networks: readonly string[]; readonly dryRun: boolean },
  net: Net,
): Promise<readonly NetworkGc[]> {
  const named = request.networks.map(async (name) => ({ name, list: await configured(name, net) }))
  const { targets, broken } =
    named.length > 0 ? { targets: await Promise.all(named), broken: [] } : await allNetworks(net)
  const world = {
    cni: net.cni,
    node: systemNodeState,
    // A process of its own knows of no others.
    turn: <T>(_: string, work: () => Promise<T>) => work(),
    alone: <T>(work: () => Promise<T>) => work(),
  }
  const { dryRun } = request
  const reports = []
  for (const done of await reconcile(targets, { dryRun }, world, net.call)) {
    reports.push(await listed(done, net))
  }
  return [...reports, ...broken]
}

/** A broken file costs only itself: whose network it is, nobody knows. */
async function allNetworks(net: Net): Promise<{
  readonly targets: readonly ReconcileTarget[]
  readonly broken: readonly NetworkGc[]
}> {
  // Without the cache nobody knows what is in use.
  valueOf(await net.cni.cachedAttachments())
  const files = await networkFiles(net.confDir)
  const lists = files.flatMap(({ list }) => (list.ok ? [list.value] : []))
  const broken = files.flatMap(({ file, list }): NetworkGc[] => {
    if (list.ok) return []
    const nothing = { valid: 0, stale: [], reservations: [] }
    return [{ network: file, plugins: 'not-run', ...nothing, errors: [failureOf(list.error)] }]
  })
  return { targets: await reconcileTargets(lists, net.cni, systemNodeState), broken }
}

/** Undefined where only the cache knows the network. */
async function configured(name: string, net: Net): Promise<NetworkConfigList | undefined> {
  const list = await loadNetwork(name, net)
  if (list.ok) return list.value
  const { attachments } = valueOf(await net.cni.cachedAttachments())
  const isCached = attachments.some(({ network }) => network === name)
  if (list.error.code === 'FL_CNI_NETWORK_UNKNOWN' && isCached) return undefined
  throw list.error
}

async function listed(
  { attachments, reservations, undecided, errors, ...done }: Reconciled,
  net: Net,
): Promise<NetworkGc> {
  const stale = attachments.map(async ({ attachment, deleted }) => ({
    ...(await listedAttachment(attachment, net)),
    deleted,
  }))
  return {
    ...done,
    stale: await Promise.all(stale),
    reservations: [
      ...reservations.map(({ reservation, released }) =>
        listedReservation(reservation, { state: released ? 'released' : 'left' }),
      ),
      ...undecided.map(({ reservation, reason }) =>
        listedReservation(reservation, { state: 'kept', reason }),
      ),
    ],
    errors: errors.map(failureOf),
  }
}

function listedReservation(
  reservation: Reservation,
  fate: Pick<ListedReservation, 'state' | 'reason'>,
): ListedReservation {
  const ageMs = Math.max(0, Math.round(wallClockMs() - reservation.reservedAtMs))
  return { ...reservation, ageMs, ...fate }
}
