import { type Cluster, isWell, type NodeView } from './cluster.ts'
import { isUnderWay, type NodePhase } from './node-contract.ts'
import type { UpgradeSpec } from './spec.ts'
import type { Flight } from './status.ts'
import type { Stopwatch } from './stopwatch.ts'

/** How far whoever moves a node to a version has come. */
export type Progress =
  | { readonly at: 'there' }
  | { readonly at: 'on-the-way'; readonly why: string }
  | { readonly at: 'failed'; readonly reason: string }

/** What is known of a node that its object does not say. */
export interface Surroundings {
  /** Measures on a monotonic clock. */
  readonly watch: Stopwatch
  /** For windows, and for times that people read. */
  readonly wallMs: number
  /** What still has to leave the node; undefined when it is empty. */
  readonly drainLeft: (node: NodeView) => string | undefined
  /** How far the node is on its way to `version`. */
  readonly progress: (node: NodeView, version: string) => Progress
  /** What speaks against the version: nothing begins, and a node that soaks is as one that is not healthy. */
  readonly alarm?: string
  /** What is not known: nothing begins, and no soak ends. */
  readonly hold?: string
  /** What keeps the first node from beginning. */
  readonly preflight?: string
  /** How far the gate of a node that soaks is; there is none if not given. */
  readonly gate?: (node: NodeView) => Progress
}

/** What comes next for a node in flight. */
export type NodeStep =
  /** It is in another phase from now on; the change that this takes to the Node object is one write. */
  | { readonly do: 'enter'; readonly phase: NodePhase; readonly reason?: string }
  /** It has failed, which the upgrade has to know before anything else happens. */
  | { readonly do: 'fail'; readonly reason: string }
  /** Pods are evicted. */
  | { readonly do: 'drain'; readonly why: string; readonly againInMs?: number }
  /** The node is moved to `version`; asked for again and again until it is there. */
  | {
      readonly do: 'move'
      readonly version: string
      readonly why: string
      readonly againInMs?: number
    }
  /** The gate of the node is begun; asked for again and again until it is through. */
  | { readonly do: 'gate'; readonly why: string; readonly againInMs?: number }
  | { readonly do: 'wait'; readonly why: string; readonly againInMs?: number }
  /** It has come to an end, and its place is free. */
  | { readonly do: 'leave' }

/** What an upgrade wants of a node in flight. */
export interface Course {
  readonly spec: UpgradeSpec
  /** Whether it goes back. */
  readonly back: boolean
  /** Why it has failed, if it has. */
  readonly failure: string | undefined
  /** Whether nodes that have not changed yet stay as they are. */
  readonly held: boolean
}

const CAN_FAIL: ReadonlySet<NodePhase> = new Set<NodePhase>(['drain', 'upgrade', 'soak'])

/** What comes next for one node in flight: a step that can be taken again with no harm, or why it waits. */
export function nodeStep(
  node: NodeView,
  flight: Flight,
  course: Course,
  cluster: Cluster,
  around: Surroundings,
): NodeStep {
  const note = cluster.noteOf(node)
  const { spec, back, failure, held } = course
  if (note === undefined) return beginning(node, course)
  // What is done has come to the end of this place. To go back it gets another, that says so: else somebody who has not
  // heard of the way back would take the end for the last word, and give away the place of a node that is under way.
  if (note.phase === 'done' && flight.back !== true) return { do: 'leave' }
  if (back) return goingBack(node, note.phase, note.from, failure, around)
  if (failure !== undefined && CAN_FAIL.has(note.phase)) {
    // A node whose runtime was never touched has nothing to repair, and goes as it came.
    return {
      do: 'enter',
      phase: note.phase === 'drain' ? 'rolled-back' : 'failed',
      reason: failure,
    }
  }
  const inPhaseMs = around.watch.elapsed(
    flight.node,
    'phase',
    held ? `${note.phase}, held` : note.phase,
  )
  switch (note.phase) {
    case 'drain':
      return draining(node, inPhaseMs, spec, held, around)
    case 'upgrade':
      return upgrading(node, inPhaseMs, spec, around)
    case 'soak':
      return soaking(node, inPhaseMs, spec, around)
    case 'failed':
      return { do: 'wait', why: `has failed: ${note.reason ?? failure ?? 'nobody says why'}` }
    case 'rollback':
      return goingBack(node, note.phase, note.from, failure, around)
    case 'done':
    case 'rolled-back':
      return { do: 'leave' }
  }
}

function beginning(node: NodeView, { spec, back, held }: Course): NodeStep {
  // Its place is not given back: only a note of our own, on the node, ends what a place allows to others who
  // have not heard of it yet.
  if (isElsewhere(node)) return { do: 'wait', why: 'is in the hands of another upgrade' }
  if (back) return { do: 'enter', phase: 'rolled-back', reason: 'it had not begun' }
  if (held) return { do: 'wait', why: 'has not begun, and nothing begins now' }
  return { do: 'enter', phase: spec.drain === undefined ? 'upgrade' : 'drain' }
}

function draining(
  node: NodeView,
  inPhaseMs: number,
  { drain }: UpgradeSpec,
  held: boolean,
  { drainLeft }: Surroundings,
): NodeStep {
  if (held) return { do: 'wait', why: 'is cordoned, and nothing begins now' }
  const left = drainLeft(node)
  if (left === undefined) return { do: 'enter', phase: 'upgrade' }
  const remainsMs = (drain?.timeout ?? 0) - inPhaseMs
  if (remainsMs <= 0) return { do: 'fail', reason: `was not empty in time: ${left}` }
  return { do: 'drain', why: `is drained: ${left}`, againInMs: remainsMs }
}

function upgrading(
  node: NodeView,
  inPhaseMs: number,
  { target: { version }, timeout }: UpgradeSpec,
  { progress }: Surroundings,
): NodeStep {
  const moved = progress(node, version)
  if (moved.at === 'failed') return { do: 'fail', reason: moved.reason }
  const illness = illnessOf(node)
  if (moved.at === 'there' && illness === undefined) return { do: 'enter', phase: 'soak' }
  const why = moved.at === 'there' ? `runs ${version} and ${illness}` : moved.why
  const remainsMs = timeout - inPhaseMs
  if (remainsMs <= 0) return { do: 'fail', reason: `was not there in time: ${why}` }
  return { do: 'move', version, why, againInMs: remainsMs }
}

function soaking(
  node: NodeView,
  inPhaseMs: number,
  { soak, target: { version } }: UpgradeSpec,
  { watch, progress, alarm, hold, gate }: Surroundings,
): NodeStep {
  const moved = progress(node, version)
  if (moved.at === 'failed') return { do: 'fail', reason: moved.reason }
  const gated = gate?.(node) ?? { at: 'there' }
  if (gated.at === 'failed') return { do: 'fail', reason: gated.reason }
  const illness = illnessOf(node) ?? (moved.at === 'there' ? alarm : moved.why)
  const soMs = watch.elapsed(node.name, 'health', `${illness ?? ''}/${node.readyMark}`)
  if (illness !== undefined) {
    const remainsMs = soak.patience - soMs
    if (remainsMs <= 0) return { do: 'fail', reason: `${illness} after it ran ${version}` }
    return { do: 'wait', why: illness, againInMs: remainsMs }
  }
  const open = gated.at === 'there' ? hold : gated.why
  const remainsMs = soak.duration - soMs
  if (remainsMs <= 0 && open === undefined) return { do: 'enter', phase: 'done' }
  // What is not known keeps it waiting, for as long as that takes, and is held against nobody.
  if (remainsMs <= 0 && gated.at === 'there') return { do: 'wait', why: hold ?? 'soaks' }
  const deadlineMs = soak.deadline - inPhaseMs
  if (deadlineMs <= 0) return { do: 'fail', reason: open ?? 'was not steady in time, it flaps' }
  const againInMs = remainsMs > 0 ? Math.min(remainsMs, deadlineMs) : deadlineMs
  if (gated.at === 'on-the-way') return { do: 'gate', why: `soaks: ${gated.why}`, againInMs }
  return { do: 'wait', why: open ?? 'soaks', againInMs }
}

function goingBack(
  node: NodeView,
  phase: NodePhase,
  from: string,
  failure: string | undefined,
  { progress }: Surroundings,
): NodeStep {
  if (phase === 'rolled-back') return { do: 'leave' }
  if (phase === 'drain') {
    return { do: 'enter', phase: 'rolled-back', reason: 'its runtime was not touched' }
  }
  const reason = failure === undefined ? {} : { reason: failure }
  if (phase !== 'rollback') return { do: 'enter', phase: 'rollback', ...reason }
  const moved = progress(node, from)
  const illness = illnessOf(node)
  if (moved.at === 'there' && illness === undefined) {
    return { do: 'enter', phase: 'rolled-back', ...reason }
  }
  const why =
    moved.at === 'there'
      ? `runs ${from} again and ${illness}`
      : moved.at === 'failed'
        ? `cannot go back by itself: ${moved.reason}`
        : moved.why
  return { do: 'move', version: from, why }
}

/** What keeps a node from being healthy, leaving aside that it is cordoned; undefined where nothing does. */
export function illnessOf(node: NodeView): string | undefined {
  return node.ready ? node.unhealthy : 'is not Ready'
}

/** Whether the note on a node, which is not this upgrade's, says that another is at it. */
function isElsewhere({ note }: NodeView): boolean {
  return note !== undefined && isUnderWay(note)
}

/** Why a node cannot begin, if it cannot. */
export function obstacleOf(node: NodeView): string | undefined {
  if (isElsewhere(node)) return 'is in the hands of another upgrade'
  if (node.version === undefined) return 'does not say what it runs'
  if (isWell(node)) return undefined
  return illnessOf(node) ?? 'is cordoned by somebody else'
}
