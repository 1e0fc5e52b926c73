import path from 'node:path'
import {
  type CachedAttachment,
  type CacheListing,
  type Cni,
  CniError,
  type GcAttachment,
  type GcReport,
  isAtLeast,
  type NetworkConfigList,
} from '@fairlead/cni'
import { deleteCached, type OperationOptions } from './attach.ts'
import { NetworksError } from './errors.ts'
import { type Liveness, type NodeState, type Reservation, reservationDirsOf } from './node-state.ts'
import { type Collected, collectOrphans, type Orphans, type OrphanWorld } from './orphans.ts'

/** What is to be collected. */
export interface ReconcileRequest {
  /**
   * What the caller knows of a container, which has the word before everything else. Default: nothing.
   * `isCached`: the result cache has an attachment of it; else only an address is kept for it, and it
   * may be a container of somebody who shares the folder of addresses.
   */
  readonly livenessOf?: (containerId: string, isCached: boolean) => Liveness
  /** Only say what would be collected; no plugin is run. Default: false. */
  readonly dryRun?: boolean
}

/** A network to look at; without a list where no configuration of it is in force. */
export interface ReconcileTarget {
  /** What it is called. */
  readonly name: string
  /** Its configuration. */
  readonly list: NetworkConfigList | undefined
  /** What kept others from being found that may have addresses beside this one's. */
  readonly errors?: readonly NetworksError[]
}

/** What was left over of one network, and what came of it. It goes on after an error. */
export interface Reconciled {
  /** Its name. */
  readonly network: string
  /**
   * Whether GC of its plugins was run (in a dry run: would be): `disabled` if the list says `disableGC`,
   * and then nothing is touched at all, for others may use the network; `not-supported` before 1.1.0;
   * `not-configured` if no list is in force; `not-run` where an error kept it from being run.
   */
  readonly plugins: GcReport['plugins'] | 'not-configured'
  /** How many cached attachments are valid: their container lives, or that cannot be told. */
  readonly valid: number
  /** Cached attachments of containers that are gone. */
  readonly attachments: readonly {
    readonly attachment: CachedAttachment
    readonly deleted: boolean
  }[]
  /** Addresses that are kept for containers that are gone and that the cache does not know. */
  readonly reservations: readonly {
    readonly reservation: Reservation
    readonly released: boolean
  }[]
  /** Addresses of which it cannot be told whether they are in use, or how to release them. */
  readonly undecided: readonly { readonly reservation: Reservation; readonly reason: string }[]
  /** In the order in which they came. */
  readonly errors: readonly (CniError | NetworksError)[]
}

/** What a reconciliation works with. */
export interface ReconcileWorld {
  /** Runs the plugins, and has the cache. */
  readonly cni: Cni
  /** What else is known of containers. */
  readonly node: NodeState
  /** Runs work on a container when nothing else is done to it. */
  readonly turn: (containerId: string, work: () => Promise<Collected>) => Promise<Collected>
  /** Runs work while no container is worked on; undefined where one is. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T> | undefined
}

/**
 * Compares the result cache, the addresses that host-local keeps and what lives, and collects what is
 * left over, by DEL and, where the version has it, GC: the plugins' files are theirs. An attachment is
 * deleted with what ADD was run with; an address that the cache does not know is released by DEL of the
 * network as it is now. What may be in use is left. Can be repeated, and be ended by the signal.
 */
export async function reconcile(
  targets: readonly ReconcileTarget[],
  request: ReconcileRequest,
  world: ReconcileWorld,
  options: OperationOptions,
): Promise<readonly Reconciled[]> {
  const scene: Scene = {
    ...world,
    ...request,
    options,
    dirs: dirsOf(targets.map(({ list }) => list)),
    bootedAtMs: await world.node.bootedAtMs(),
  }
  // An address is nobody's only once no attachment of its container is left, of whatever network.
  const cached = []
  for (const target of targets) cached.push({ target, ...(await collectCached(target, scene)) })
  const done = []
  for (const { target, ...first } of cached) done.push(await collectRest(target, first, scene))
  return done.filter(isNews)
}

/** The networks to look at: those in force, and those that only the cache or host-local knows. */
export async function reconcileTargets(
  lists: readonly NetworkConfigList[],
  cni: Cni,
  node: NodeState,
): Promise<readonly ReconcileTarget[]> {
  const targets = new Map<string, ReconcileTarget>()
  for (const list of lists) {
    if (!targets.has(list.name)) targets.set(list.name, { name: list.name, list })
  }
  const cached = await cni.cachedAttachments()
  const names = cached.ok ? cached.value.attachments.map(({ network }) => network) : []
  for (const dir of dirsOf(lists)) {
    const { networks, errors } = await node.reservedNetworks(dir)
    names.push(...networks)
    const owner = lists.find((list) => reservationDirsOf(list).includes(dir))
    const target = owner === undefined ? undefined : targets.get(owner.name)
    if (target === undefined) continue
    targets.set(target.name, { ...target, errors: [...(target.errors ?? []), ...errors] })
  }
  for (const name of names) {
    if (!targets.has(name)) targets.set(name, { name, list: undefined })
  }
  return [...targets.values()]
}

/**
 * Whether an attachment's container lives. No namespace outlives a reboot; but one at its path, be it
 * another one's by now, has the word before times, which tell only as much as the clock did.
 */
export async function livenessOfAttachment(
  { netns, writtenAtMs }: CachedAttachment,
  node: NodeState,
  bootedAtMs: number,
): Promise<Liveness> {
  const state = await node.netnsState(netns)
  return state !== 'alive' && writtenAtMs < bootedAtMs ? 'gone' : state
}

type Scene = ReconcileWorld & OrphanWorld

/** Undefined `cached`: the cache cannot be listed, and nobody knows what is in use. */
interface CachedPart {
  readonly cached: CacheListing | undefined
  readonly valid: number
  readonly attachments: Reconciled['attachments']
  readonly errors: Reconciled['errors']
}

async function collectCached({ name, list }: ReconcileTarget, scene: Scene): Promise<CachedPart> {
  const { cni, options } = scene
  const listing = await cni.cachedAttachments()
  if (!listing.ok) {
    return { cached: undefined, valid: 0, attachments: [], errors: [listing.error] }
  }
  const own = listing.value.attachments.filter(({ network }) => network === name)
  const attachments: { attachment: CachedAttachment; deleted: boolean }[] = []
  const errors: CniError[] = []
  for (const attachment of own) {
    if (!(await isGone(attachment, scene))) continue
    if (scene.dryRun === true || list?.disableGC === true || options.signal?.aborted === true) {
      attachments.push({ attachment, deleted: false })
      continue
    }
    const done = await scene.turn(attachment.containerId, async () => {
      // It may have been deleted, or made anew, since it was listed.
      const now = await cni.cachedAttachment(attachment)
      if (!now.ok) return now
      if (now.value === undefined || !(await isGone(now.value, scene))) return undefined
      return deleteCached(now.value, list, cni, { ...options, goOn: true })
    })
    if (done === undefined) continue
    attachments.push({ attachment, deleted: done.ok })
    if (!done.ok) errors.push(done.error)
  }
  return { cached: listing.value, valid: own.length - attachments.length, attachments, errors }
}

async function isGone(attachment: CachedAttachment, scene: Scene): Promise<boolean> {
  const word = scene.livenessOf?.(attachment.containerId, true) ?? 'unknown'
  const liveness =
    word === 'unknown' ? await livenessOfAttachment(attachment, scene.node, scene.bootedAtMs) : word
  return liveness === 'gone'
}

async function collectRest(
  { name, list, errors: found = [] }: ReconcileTarget,
  { cached, ...first }: CachedPart,
  scene: Scene,
): Promise<Reconciled> {
  const isKept = cached === undefined || list?.disableGC === true
  const orphans = isKept ? NO_ORPHANS : await collectOrphans(name, list, scene)
  const { plugins, errors } = await collectGarbage(list, cached, orphans.keep, scene)
  const { reservations, undecided } = orphans
  const all = [...found, ...first.errors, ...orphans.errors, ...errors]
  const isCut = scene.dryRun !== true && scene.options.signal?.aborted === true
  if (isCut && !all.some(({ code }) => code === 'FL_CNI_ABORTED')) all.push(cutShort(name))
  return { network: name, plugins, ...first, reservations, undecided, errors: all }
}

const NO_ORPHANS: Orphans = { reservations: [], undecided: [], keep: [], errors: [] }

async function collectGarbage(
  list: NetworkConfigList | undefined,
  cached: CacheListing | undefined,
  keep: readonly GcAttachment[],
  { cni, options, dryRun, alone }: Scene,
): Promise<Pick<Reconciled, 'plugins' | 'errors'>> {
  if (list === undefined) return { plugins: 'not-configured', errors: [] }
  if (list.disableGC) return { plugins: 'disabled', errors: [] }
  if (cached === undefined) return { plugins: 'not-run', errors: [] }
  if (!isAtLeast(list.cniVersion, '1.1.0')) return { plugins: 'not-supported', errors: [] }
  if (dryRun === true) {
    const isUnclear = cached.damaged.some(({ file }) =>
      path.basename(file).startsWith(`${list.name}-`),
    )
    return { plugins: isUnclear ? 'not-run' : 'collected', errors: [] }
  }
  // What could not be deleted is to be tried again, with all that it has.
  const report = await alone(() => cni.gcNetworkList(list, () => true, { ...options, keep }))
  return report ?? { plugins: 'not-run', errors: [gcIsBusy()] }
}

/** The refusal of what has to be alone (CNI spec 1.1.0 section 3). */
export function gcIsBusy(): NetworksError {
  return new NetworksError(
    'FL_NETWORKS_BUSY',
    'containers are being worked on, and garbage is collected alone',
    'Try again when no pods come or go.',
  )
}

function cutShort(network: string): CniError {
  return new CniError('FL_CNI_ABORTED', 'not everything that is left over was collected', {
    network,
  })
}

/** Whether there is anything to say of a network that is not configured. */
function isNews({ plugins, valid, attachments, undecided, errors }: Reconciled): boolean {
  const count = valid + attachments.length + undecided.length + errors.length
  return plugins !== 'not-configured' || count > 0
}

function dirsOf(lists: readonly (NetworkConfigList | undefined)[]): readonly string[] {
  return [...new Set(lists.flatMap((list) => (list === undefined ? [] : reservationDirsOf(list))))]
}
