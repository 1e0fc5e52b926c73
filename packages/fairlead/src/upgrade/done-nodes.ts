import type { Cluster, NodeView } from './cluster.ts'
import { type Illness, isBeyondChance } from './late-faults.ts'
import { illnessOf } from './node-step.ts'
import type { UpgradeSpec } from './spec.ts'
import type { NodeFailure } from './status.ts'
import type { Stopwatch } from './stopwatch.ts'

/** More failures than fit into an object of the API beside all else (etcd takes 1.5 MiB). */
const FAILURES_TOLD_MAX = 1_000

/** A node that was done and has failed all the same. */
type DoneFailure = Pick<NodeFailure, 'node' | 'wave' | 'reason'>

interface LateNode {
  readonly node: NodeView
  readonly wave: number
}

/**
 * Which nodes that are done have failed. They are still watched: for the bake time each by itself, and then, for as long as the
 * upgrade goes on, beside the nodes that have not begun.
 */
export function lookAtDone(
  failures: readonly NodeFailure[],
  { soak, bake, target }: UpgradeSpec,
  cluster: Cluster,
  watch: Stopwatch,
): { readonly failed: readonly DoneFailure[]; readonly againInMs: number | undefined } {
  const known = new Set(failures.map(({ node }) => node))
  const failed: DoneFailure[] = []
  const late: LateNode[] = []
  let othersIll = 0
  let againInMs: number | undefined
  for (const name of cluster.unwell) {
    const node = cluster.get(name)
    const note = node && cluster.noteOf(node)
    const illness = node && illnessOf(node)
    if (node === undefined || illness === undefined || known.has(name)) continue
    const isDone = note?.phase === 'done'
    if (!isDone && !cluster.isPending(node)) continue
    const illMs = watch.elapsed(name, 'illness', node.readyMark)
    const isBaking = isDone && watch.seen(name, 'done', note.since) - illMs < bake
    const remainsMs = (isBaking ? soak.patience : Math.max(bake, soak.patience)) - illMs
    if (remainsMs > 0) againInMs = Math.min(remainsMs, againInMs ?? Infinity)
    else if (!isDone) othersIll++
    else if (!isBaking) late.push({ node, wave: note.wave })
    else {
      const reason = `${illness} after it was done with ${target.version}`
      failed.push({ node: name, wave: note.wave, reason })
    }
  }
  if (late.length > 0) {
    const others = { ill: othersIll, of: cluster.untouched }
    failed.push(...lateFailures(late, [...failures, ...failed], others, target.version, cluster))
  }
  return { failed, againInMs }
}

/** Nodes that are ill long after they were done have failed if so many are not ill by chance. */
function lateFailures(
  late: readonly LateNode[],
  failures: readonly (DoneFailure & Pick<NodeFailure, 'phase'>)[],
  others: Illness,
  version: string,
  cluster: Cluster,
): DoneFailure[] {
  // A node that was not empty in time never ran the version. One that is done and has failed is counted as done.
  const failed = failures.filter(({ phase }) => phase !== 'drain')
  const isDone = ({ node }: DoneFailure) =>
    [...cluster.done.values()].some((names) => names.has(node))
  const having = {
    ill: failed.length + late.length,
    of: cluster.countDone() + failed.filter((failure) => !isDone(failure)).length,
  }
  if (!isBeyondChance(having, others)) return []
  const told =
    `long after it was done; of ${having.of} nodes that got ${version} ${having.ill} have failed, ` +
    `of ${others.of} others ${others.ill} are ill`
  // More than can be told are more than any policy lets pass: it has stopped, and what is still ill waits for somebody.
  return late.slice(0, Math.max(0, FAILURES_TOLD_MAX - failures.length)).map(({ node, wave }) => ({
    node: node.name,
    wave,
    reason: `${illnessOf(node) ?? 'was ill'} ${told}`,
  }))
}
