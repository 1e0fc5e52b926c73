import {
  formatResult,
  type NetworkConfigList,
  type Result,
  type RuntimeConf,
  type SpecVersion,
} from '@fairlead/cni'
import { FairleadError } from '../errors.ts'
import {
  checkInterfaces,
  checkNetns,
  checkNoNetns,
  checkPlugins,
  makeCacheDir,
} from './add-checks.ts'
import { type Failure, failureOf, failureOfOutcome, valueOf } from './failure.ts'
import { containerIdOf, createNetns, deleteNetns, netnsPath } from '../netns.ts'
import { loadNetwork } from './networks.ts'
import { type AttachmentRequest, defaultIfName } from './request.ts'
import type { Net } from './settings.ts'

/** What adding networks came to: all of them are attached, or `error` says why none is. */
export interface AddReport {
  readonly netns: string
  readonly containerId: string
  readonly created: boolean
  readonly attachments: readonly Added[]
  readonly error?: Failure
  /** After an error: what DEL was run for, the failed one first, and what it came to. */
  readonly undone: readonly Undone[]
  /** After an error: why the namespace that was made is still there. */
  readonly netnsError?: Failure
  /** Capability arguments that no plugin asks for. */
  readonly unusedCapabilityArgs: readonly string[]
}

/** A network that is attached. */
interface Added {
  readonly network: string
  readonly ifName: string
  readonly result: Result
}

/** A network that is not attached any more. */
interface Undone {
  readonly network: string
  readonly ifName: string
  readonly error?: Failure
}

interface Step {
  readonly list: NetworkConfigList
  readonly conf: RuntimeConf
}

/**
 * Adds a container to networks, one after another. Where one fails, DEL is run for it and for those
 * before it, last first (CNI spec 1.1.0 section 4: a failed ADD is followed by a DEL).
 *
 * @throws {FairleadError | CniError} for input that cannot be used; nothing has been done then.
 */
export async function addNetworks(
  request: AttachmentRequest & {
    readonly create: string | undefined
    /** The form that the results have to have; one that has none in it is a failure. */
    readonly form?: SpecVersion
  },
  net: Net,
): Promise<AddReport> {
  const netns = namespaceOf(request)
  const containerId = request.containerId ?? containerIdOf(netns)
  const { args, capabilityArgs } = request
  const steps: Step[] = []
  for (const [index, name] of request.networks.entries()) {
    const ifName = request.ifNames[index] ?? defaultIfName(index)
    const conf = { containerId, netns, ifName, args, capabilityArgs }
    steps.push({ list: valueOf(await loadNetwork(name, net)), conf })
  }
  await checkPlugins(
    steps.map(({ list }) => list),
    net,
  )
  await (request.create === undefined ? checkNetns(netns) : checkNoNetns(netns))
  await checkInterfaces(
    netns,
    steps.map(({ conf }) => conf),
    net,
  )
  await makeCacheDir(net.cacheDir)
  if (request.create !== undefined) await createNetns(request.create, net.env)

  const { attachments, error, undone } = await runSteps(steps, request.form, net)
  const netnsError =
    error === undefined || request.create === undefined
      ? undefined
      : await deleteNetns(request.create, net.env).then(() => undefined, failureOf)
  return {
    netns,
    containerId,
    created: request.create !== undefined,
    attachments,
    ...(error === undefined ? {} : { error }),
    undone,
    ...(netnsError === undefined ? {} : { netnsError }),
    unusedCapabilityArgs: unusedCapabilities(steps),
  }
}

async function runSteps(steps: readonly Step[], form: SpecVersion | undefined, net: Net) {
  const attachments: Added[] = []
  for (const [index, { list, conf }] of steps.entries()) {
    const added = await net.cni.addNetworkList(list, conf, net.call)
    const said = !added.ok || form === undefined ? added : formatResult(added.value, form)
    if (!added.ok || !said.ok) {
      const undone = await undo(steps.slice(0, index + 1), net)
      return { attachments: [], error: failureOfOutcome(said) ?? failureOfOutcome(added), undone }
    }
    attachments.push({ network: list.name, ifName: conf.ifName, result: added.value })
  }
  return { attachments, undone: [] }
}

/** Not to be interrupted: what ADD made has to go. The plugins' deadline still holds. */
async function undo(steps: readonly Step[], net: Net): Promise<Undone[]> {
  const undone = []
  for (const { list, conf } of steps.toReversed()) {
    const error = failureOfOutcome(await net.cni.delNetworkList(list, conf))
    undone.push({
      network: list.name,
      ifName: conf.ifName,
      ...(error === undefined ? {} : { error }),
    })
  }
  return undone
}

function namespaceOf({
  netns,
  create,
}: {
  readonly netns: string | undefined
  readonly create: string | undefined
}): string {
  if (create !== undefined && netns === undefined) {
    if (/^[^/\0]+$/.test(create) && create !== '.' && create !== '..') return netnsPath(create)
    throw new FairleadError('FL_USAGE', `${JSON.stringify(create)} cannot name a namespace.`)
  }
  if (create === undefined && netns !== undefined) return netns
  throw new FairleadError(
    'FL_USAGE',
    create === undefined
      ? 'No network namespace is named.'
      : 'Both --netns and --create are given.',
    { hint: 'Name one that exists with --netns PATH, or make one with --create NAME.' },
  )
}

function unusedCapabilities(steps: readonly Step[]): string[] {
  const plugins = steps.flatMap(({ list }) => list.plugins)
  const asked = new Set(plugins.flatMap(({ capabilities }) => capabilities))
  const given = Object.keys(steps[0]?.conf.capabilityArgs ?? {})
  return given.filter((capability) => !asked.has(capability))
}
