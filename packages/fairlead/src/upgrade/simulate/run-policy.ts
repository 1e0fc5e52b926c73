import type { Census } from '../cluster.ts'
import { decide, type Decision, type Upgrade } from '../decide.ts'
import type { Surroundings } from '../node-step.ts'
import { entered } from '../note.ts'
import type { UpgradeSpec } from '../spec.ts'
import type { NodeFailure, UpgradePhase, UpgradeStatus } from '../status.ts'
import { Stopwatch } from '../stopwatch.ts'
import { randomOf } from '../../random.ts'
import type { Fault, Nature } from './settings.ts'
import { SimulatedNodes } from './simulated-nodes.ts'
import { Timeline, type TimelinePoint } from './timeline.ts'

/** What a simulated cluster came to. */
export interface Outcome {
  /** Nodes that the fault struck, at any time. */
  readonly hurt: number
  /** Nodes that are struck at the end. */
  readonly broken: number
  /** Nodes that run the new version at the end. */
  readonly onNew: number
  readonly tookMs: number
  /** When the first failed node stopped it. */
  readonly stoppedMs: number | undefined
  readonly ended: UpgradePhase
  readonly failures: readonly NodeFailure[]
  readonly timeline: readonly TimelinePoint[]
}

/** What is simulated. */
export interface Simulated {
  readonly nodes: Census
  readonly fault: Fault
  readonly nature: Nature
  readonly seed: number
}

const UPGRADE = 'simulated'
/** Something that has changed is looked at this late; the controller itself is no later. */
const LOOK_AFTER_MS = 2_000
/** What takes longer is not over, whatever it waits for. */
const HORIZON_MS = 60 * 24 * 3_600_000
/** A Monday, for windows. */
const BEGINS_AT = Date.UTC(2026, 0, 5)

/** Plays a policy over a simulated cluster, with the decisions that the controller takes. */
export function runPolicy(spec: UpgradeSpec, simulated: Simulated): Outcome {
  const nodes = new SimulatedNodes(UPGRADE, spec.target.version, simulated.nodes, simulated)
  const random = randomOf(simulated.seed ^ 0x5bd1e995)
  const fails = () => random.below(1_000_000) < simulated.nature.apiErrors * 1_000_000
  const watch = new Stopwatch(() => nodes.nowMs)
  const timeline = new Timeline()
  let status: UpgradeStatus | undefined
  let stoppedMs: number | undefined
  // What nodes do after the last write is watched, and takes no time of the upgrade's.
  let endedMs = 0
  while (nodes.nowMs < HORIZON_MS) {
    const around: Surroundings = {
      watch,
      wallMs: BEGINS_AT + nodes.nowMs,
      drainLeft: (node) => nodes.drainLeft(node),
      progress: (node, version) => nodes.progress(node, version),
    }
    const upgrade: Upgrade = { uid: UPGRADE, name: UPGRADE, spec, status }
    const decision = decide(upgrade, nodes.cluster, around)
    const wrote = apply(decision, spec, nodes, around.wallMs, fails)
    if (wrote.done > 0) endedMs = nodes.nowMs
    let retries = wrote.failed > 0
    if (decision.status !== status) {
      if (fails()) retries = true
      else {
        endedMs = nodes.nowMs
        status = decision.status
        retries = true
      }
    }
    if (status !== undefined && status.failures.length > 0) stoppedMs ??= nodes.nowMs
    timeline.add({ atMs: nodes.nowMs, onNew: nodes.onNew, broken: nodes.broken })
    const nextMs = nextLook(nodes, decision, retries || wrote.done > 0)
    if (nextMs === undefined) break
    nodes.advance(nextMs)
  }
  return {
    hurt: nodes.hurt,
    broken: nodes.broken,
    onNew: nodes.onNew,
    tookMs: endedMs,
    stoppedMs,
    ended: status?.phase ?? 'Progressing',
    failures: status?.failures ?? [],
    timeline: timeline.points,
  }
}

function apply(
  decision: Decision,
  spec: UpgradeSpec,
  nodes: SimulatedNodes,
  wallMs: number,
  fails: () => boolean,
): { done: number; failed: number } {
  const wrote = { done: 0, failed: 0 }
  for (const one of decision.nodes) {
    const { node, step } = one
    if (step.do !== 'enter' && step.do !== 'move') continue
    if (step.do === 'move') {
      nodes.move(node, step.version)
      continue
    }
    if (fails()) {
      wrote.failed++
      continue
    }
    wrote.done++
    const { note, cordoned } = entered(one, step, nodes.cluster, wallMs)
    nodes.write(node, note, cordoned)
  }
  return wrote
}

/** When the controller looks again: soon after a change, its own or a node's, and when a length of time is over. */
function nextLook(
  nodes: SimulatedNodes,
  { againInMs }: Decision,
  hasChanged: boolean,
): number | undefined {
  const { nowMs } = nodes
  const soonMs = nowMs + LOOK_AFTER_MS
  if (hasChanged) return soonMs
  const eventMs = nodes.events.nextMs
  if (eventMs === undefined && againInMs === undefined) return undefined
  const dueMs = Math.min(
    eventMs ?? Infinity,
    againInMs === undefined ? Infinity : nowMs + againInMs,
  )
  return Math.max(dueMs, soonMs)
}
