import {
  type CachedAttachment,
  type Cni,
  type CniError,
  type CniOutcome,
  type DelOptions,
  type GcReport,
  type NetworkConfigList,
  parseCachedConfig,
  type Result,
  type RuntimeConf,
  runtimeConfOf,
} from '@fairlead/cni'
import { NetworksError } from './errors.ts'
import type { Plan, PlanStep } from './plan.ts'

/**
 * A container that networks are attached to. `netns` may be empty where it is gone, which only removal
 * can do without.
 */
export type Sandbox = Omit<RuntimeConf, 'ifName'>

/** A network that a container has. */
export interface Attached {
  /** Its name. */
  readonly network: string
  /** The interface in the container. */
  readonly ifName: string
  /** What ADD came to. */
  readonly result: Result
}

/** A network that DEL was run for, and what came of it. */
export interface Removed {
  /** Its name. */
  readonly network: string
  /** The interface that the container had. */
  readonly ifName: string
  /** Why it could not be deleted; absent where it is. */
  readonly error?: CniError
}

/** What a setup came to: all networks of the plan, or none and why. */
export type SetupOutcome =
  | { readonly ok: true; readonly attached: readonly Attached[] }
  | {
      readonly ok: false
      readonly error: CniError | NetworksError
      /** What was undone, the failed network first. */
      readonly undone: readonly Removed[]
    }

/** How one operation may be limited. */
export interface OperationOptions {
  /** The deadline of one execution of one plugin. Default: that of the {@link Cni}. */
  readonly timeoutMs?: number
  /** Aborting ends the plugin that runs; the operation fails with FL_CNI_ABORTED. */
  readonly signal?: AbortSignal
}

/**
 * Attaches a sandbox to every network of the plan, one after the other: the CNI spec allows no parallel
 * operations for one container, "this includes across multiple attachments" (1.1.0 section 3). Where
 * one fails, it and those before it are deleted, which the caller's signal does not stop.
 */
export async function setup(
  plan: Plan,
  sandbox: Sandbox,
  cni: Cni,
  options: OperationOptions,
): Promise<SetupOutcome> {
  if (plan.steps.length === 0) {
    const error = new NetworksError(
      'FL_NETWORKS_NONE',
      'there is no network to attach to',
      'Has a network provider written its configuration into the conf dir?',
    )
    return { ok: false, error, undone: [] }
  }
  const attached: Attached[] = []
  for (const [index, { network, ifName }] of plan.steps.entries()) {
    const added = await cni.addNetworkList(network.list, confOf(sandbox, ifName), options)
    if (!added.ok) {
      const begun = plan.steps.slice(0, index + 1).toReversed()
      return { ok: false, error: added.error, undone: await undo(begun, sandbox, cni) }
    }
    attached.push({ network: network.name, ifName, result: added.value })
  }
  return { ok: true, attached }
}

/**
 * Detaches a sandbox from everything: first what the cache knows of it, with the configuration of then,
 * the last one first; then what the plan would have attached and the cache does not know, for an ADD
 * that was cut off has left no entry. Goes on after a failure, and can be repeated.
 */
export async function remove(
  plan: Plan,
  sandbox: Sandbox,
  cni: Cni,
  options: OperationOptions,
): Promise<readonly Removed[]> {
  const cached = await cachedOf(sandbox.containerId, cni)
  const removed: Removed[] = []
  const goOn = { ...options, goOn: true }
  for (const attachment of cached.toReversed()) {
    const { network, ifName } = attachment
    const present = plan.steps.find((step) => step.network.name === network)?.network.list
    const done = await deleteCached(attachment, present, cni, goOn)
    removed.push({ network, ifName, ...(done.ok ? {} : { error: done.error }) })
  }
  for (const { network, ifName } of plan.steps.toReversed()) {
    if (cached.some((attachment) => attachment.ifName === ifName)) continue
    const done = await cni.delNetworkList(network.list, confOf(sandbox, ifName), goOn)
    removed.push({ network: network.name, ifName, ...(done.ok ? {} : { error: done.error }) })
  }
  return removed
}

/** CHECK of every cached attachment of a container, with the configuration of ADD; the errors. */
export async function check(
  containerId: string,
  cni: Cni,
  call: OperationOptions,
): Promise<readonly CniError[]> {
  const errors = []
  for (const attachment of await cachedOf(containerId, cni)) {
    const list = parseCachedConfig(attachment.config)
    const done = list.ok
      ? await cni.checkNetworkList(list.value, runtimeConfOf(attachment), call)
      : list
    if (!done.ok) errors.push(done.error)
  }
  return errors
}

/** Collects garbage of every network of the plan, one after the other. */
export async function collect(
  plan: Plan,
  alive: ReadonlySet<string>,
  cni: Cni,
  call: OperationOptions,
): Promise<readonly GcReport[]> {
  const reports = []
  for (const { network } of plan.steps) {
    const isAlive = ({ containerId }: { readonly containerId: string }) => alive.has(containerId)
    reports.push(await cni.gcNetworkList(network.list, isAlive, call))
  }
  return reports
}

/**
 * DEL with the configuration of ADD. A cached one may lack the plugins that were in a folder; then the
 * present one has them.
 */
export async function deleteCached(
  attachment: CachedAttachment,
  present: NetworkConfigList | undefined,
  cni: Cni,
  options: DelOptions,
): Promise<CniOutcome<void>> {
  const done = await cni.delAttachment(attachment, options)
  if (done.ok || done.error.code !== 'FL_CNI_CONFIG_INVALID' || present === undefined) return done
  return cni.delNetworkList(present, runtimeConfOf(attachment), options)
}

/** The attachments of a container that the cache knows, in the order they were made. */
async function cachedOf(containerId: string, cni: Cni): Promise<readonly CachedAttachment[]> {
  const listing = await cni.cachedAttachments(containerId)
  // Without the cache the plan is all there is to go by.
  if (!listing.ok) return []
  return listing.value.attachments.toSorted((left, right) => left.writtenAtMs - right.writtenAtMs)
}

async function undo(
  steps: readonly PlanStep[],
  sandbox: Sandbox,
  cni: Cni,
): Promise<readonly Removed[]> {
  const undone = []
  for (const { network, ifName } of steps) {
    const conf = confOf(sandbox, ifName)
    const done = await cni.delNetworkList(network.list, conf, { goOn: true })
    undone.push({ network: network.name, ifName, ...(done.ok ? {} : { error: done.error }) })
  }
  return undone
}

function confOf(sandbox: Sandbox, ifName: string): RuntimeConf {
  return { ...sandbox, ifName }
}
