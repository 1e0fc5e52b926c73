import type { Cluster, NodeView } from './cluster.ts'
import type { Upgrade } from './decide.ts'
import { obstacleOf } from './node-step.ts'

/** What is shown of a node. */
interface NodeLine {
  readonly node: string
  readonly phase: string
  /** Since when, as it was written; undefined where it has not begun. */
  readonly since: string | undefined
  readonly why: string | undefined
}

/** What is shown of a wave. */
interface WaveLine {
  readonly name: string
  readonly state: 'passed' | 'open' | 'to come'
  /** How many nodes it is for; undefined for what is left when all others are over. */
  readonly size: number | undefined
  readonly done: number
  readonly rolledBack: number
  readonly nodes: readonly NodeLine[]
}

/** An upgrade as a tree of waves and nodes. */
export interface UpgradeTree {
  readonly name: string
  readonly version: string
  readonly phase: string
  readonly message: string
  /** Whether what it does next depends on a controller, and on nobody who gives a command. */
  readonly goesOn: boolean
  readonly total: number
  readonly done: number
  readonly waves: readonly WaveLine[]
  /** Nodes that could not begin now, and why. */
  readonly waiting: readonly NodeLine[]
  readonly failures: readonly { readonly node: string; readonly reason: string }[]
}

/** More nodes that cannot begin than anybody reads. */
const WAITING_MAX = 10

/**
 * How an upgrade is, by the objects of the API: each wave, and in it the nodes that are between their beginning and an end,
 * with what each waits for; `whyOf` says it of a node under way.
 */
export function treeOf(
  upgrade: Upgrade,
  cluster: Cluster,
  whyOf: (node: NodeView) => string | undefined,
): UpgradeTree {
  const { name, spec, status } = upgrade
  const isNews = isUnseen(upgrade)
  const flights = new Map((status?.inFlight ?? []).map((flight) => [flight.node, flight]))
  const waves = (status?.waves ?? []).map(({ upTo }, index): WaveLine => {
    const before = status?.waves[index - 1]?.upTo ?? 0
    const nodes = [...flights.values()]
      .filter(({ wave }) => wave === index)
      .map(({ node }) => lineOf(node, cluster, whyOf))
    const open = status?.wave ?? 0
    return {
      name: index === 0 ? 'canary' : `wave ${index}`,
      state:
        index < open || status?.phase === 'Complete'
          ? 'passed'
          : index === open
            ? 'open'
            : 'to come',
      size: upTo === Number.MAX_SAFE_INTEGER ? undefined : upTo - before,
      done: cluster.done.get(index)?.size ?? 0,
      rolledBack: [...cluster.rolledBack].filter((node) => waveOf(node, cluster) === index).length,
      nodes,
    }
  })
  const waiting: NodeLine[] = []
  for (const node of cluster.pending()) {
    const why = flights.has(node.name) ? undefined : obstacleOf(node)
    if (why === undefined) continue
    waiting.push({ node: node.name, phase: 'waits', since: undefined, why })
    if (waiting.length >= WAITING_MAX) break
  }
  return {
    name,
    version: spec.target.version,
    phase: status?.phase ?? 'Pending',
    message: messageOf(status?.message, isNews),
    goesOn: isNews || status?.phase === 'Progressing' || status?.phase === 'RollingBack',
    total: status?.total ?? cluster.size,
    done: status?.done ?? 0,
    waves,
    waiting,
    failures: status?.failures ?? [],
  }
}

/** Whether it was changed since a controller has looked at it; what is over is looked at only to go back. */
function isUnseen({ generation, spec, status }: Upgrade): boolean {
  if (status === undefined) return true
  const { phase, observedGeneration = generation } = status
  const isOver = phase === 'RolledBack' || (phase === 'Complete' && spec.rollback === undefined)
  return !isOver && observedGeneration !== generation
}

function messageOf(message: string | undefined, isUnseen: boolean): string {
  if (message === undefined) return 'no controller has looked at it'
  return isUnseen ? `${message}; no controller has looked at it since it was changed` : message
}

function lineOf(
  name: string,
  cluster: Cluster,
  whyOf: (node: NodeView) => string | undefined,
): NodeLine {
  const node = cluster.get(name)
  const note = node && cluster.noteOf(node)
  if (node === undefined) return { node: name, phase: 'gone', since: undefined, why: undefined }
  if (note === undefined) {
    return { node: name, phase: 'begins', since: undefined, why: obstacleOf(node) }
  }
  return { node: name, phase: note.phase, since: note.since, why: note.reason ?? whyOf(node) }
}

function waveOf(name: string, cluster: Cluster): number | undefined {
  const node = cluster.get(name)
  return node && cluster.noteOf(node)?.wave
}
