import { FairleadError } from '../../errors.ts'
import type { KubeApi, KubeError, KubeObject, Resource } from '../../kube/api.ts'
import { NODES } from '../../kube/resources.ts'
import { census, Cluster, type NodeView } from '../cluster.ts'
import { systemClock } from '../../ports.ts'
import type { Upgrade } from '../decide.ts'
import { executorOf } from '../executors/executor-of.ts'
import { type UpgradeTree, treeOf } from '../tree.ts'
import { illnessOf } from '../node-step.ts'
import { matches, viewOf } from './node-object.ts'
import { RUNTIME_UPGRADES } from '../resource.ts'
import { upgradeOf, upgradeRef } from './upgrade-object.ts'

const TIMEOUT_MS = 30_000
const PAGE = 500

/** A RuntimeUpgrade as it is stored. Fails with FL_UPGRADE_UNKNOWN, or FL_API_SERVER. */
export async function readUpgrade(
  name: string,
  api: KubeApi,
  signal: AbortSignal,
): Promise<Upgrade> {
  const read = await api.get(upgradeRef(name), { timeoutMs: TIMEOUT_MS, signal })
  if (!read.ok) throw failureOf(read.error, name)
  return parsedUpgrade(read.value)
}

/** All that there are, the oldest first. */
export async function readUpgrades(api: KubeApi, signal: AbortSignal): Promise<Upgrade[]> {
  const objects = await all(RUNTIME_UPGRADES, api, signal)
  const age = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? ''
  return objects.sort((a, b) => age(a).localeCompare(age(b))).map((object) => parsedUpgrade(object))
}

function parsedUpgrade(object: KubeObject): Upgrade {
  const upgrade = upgradeOf(object)
  if (typeof upgrade !== 'string') return upgrade
  throw new FairleadError(
    'FL_UPGRADE_FILE',
    `The RuntimeUpgrade ${object.metadata.name} cannot be read: ${upgrade}.`,
    { hint: 'It may have been written for another version of Fairlead.' },
  )
}

/** The nodes that an upgrade is about, as they are now. */
export async function readCluster(
  { uid, name, spec }: Upgrade,
  api: KubeApi,
  signal: AbortSignal,
): Promise<{ readonly cluster: Cluster; readonly whyOf: (node: NodeView) => string | undefined }> {
  const nodes = new Map<string, KubeObject>()
  for (const node of await all(NODES, api, signal)) nodes.set(node.metadata.name, node)
  const jobs = new Map<string, KubeObject>()
  const executor = executorOf(spec, {
    api,
    clock: systemClock,
    namespace: '',
    upgrade: { name, uid },
    nodes: () => nodes,
    jobs: () => jobs,
  })
  const views = [...nodes.values()]
    .filter(({ metadata }) => matches(metadata.labels ?? {}, spec.nodeSelector))
    .map((node) => viewOf(node, spec, executor.versionOf(node)))
  const cluster = new Cluster(uid, spec.target.version, census(views))
  const whyOf = (view: NodeView) => {
    const node = nodes.get(view.name)
    const note = cluster.noteOf(view)
    if (node === undefined || note === undefined) return undefined
    const version = note.phase === 'rollback' ? note.from : spec.target.version
    const moved = note.phase === 'drain' ? undefined : executor.progress({ node, note, version })
    const told =
      moved?.at === 'on-the-way' ? moved.why : moved?.at === 'failed' ? moved.reason : undefined
    return told ?? illnessOf(view)
  }
  return { cluster, whyOf }
}

/** An upgrade as a tree, read from the API. */
export async function readTree(
  name: string,
  api: KubeApi,
  signal: AbortSignal,
): Promise<UpgradeTree> {
  const upgrade = await readUpgrade(name, api, signal)
  const { cluster, whyOf } = await readCluster(upgrade, api, signal)
  return treeOf(upgrade, cluster, whyOf)
}

async function all(resource: Resource, api: KubeApi, signal: AbortSignal): Promise<KubeObject[]> {
  const items: KubeObject[] = []
  let next: string | undefined
  do {
    const page = { limit: PAGE, ...(next === undefined ? {} : { continue: next }) }
    const listed = await api.list(resource, page, { timeoutMs: TIMEOUT_MS, signal })
    if (!listed.ok) throw failureOf(listed.error)
    items.push(...listed.value.items)
    next = listed.value.continue
  } while (next !== undefined)
  return items
}

/** What the API server refuses, as an error for whoever gave the command. */
export function failureOf({ reason, message }: KubeError, name?: string): FairleadError {
  if (reason === 'not-found' && name !== undefined) {
    return new FairleadError('FL_UPGRADE_UNKNOWN', `There is no RuntimeUpgrade ${name}.`, {
      hint: 'See `fairlead upgrade history`. Where its kind is not known at all, apply deploy/crds first.',
    })
  }
  const hint =
    reason === 'not-found'
      ? 'Apply deploy/crds/fairlead.dev_runtimeupgrades.yaml first.'
      : reason === 'forbidden'
        ? 'docs/upgrade.md says which roles it takes.'
        : undefined
  return new FairleadError(
    'FL_API_SERVER',
    `The API server does not do it: ${message}`,
    hint === undefined ? {} : { hint },
  )
}
