import type { UpgradeSpec } from '../spec.ts'
import type { UpgradePhase } from '../status.ts'
import { runPeer } from './run-peer.ts'
import { type Outcome, runPolicy, type Simulated } from './run-policy.ts'
import type { Fault, Nature } from './settings.ts'
import { nodesNamed } from './simulated-nodes.ts'
import type { TimelinePoint } from './timeline.ts'

/** A number over all runs. */
export interface Spread {
  readonly median: number
  readonly p95: number
  readonly max: number
}

/** What a policy came to in all simulated clusters. */
export interface PolicyResult {
  readonly policy: string
  /** Nodes that the fault struck. */
  readonly hurt: Spread
  /** Nodes that were struck at the end. */
  readonly broken: Spread
  readonly onNew: Spread
  readonly tookMs: Spread
  /** In how many clusters it ended so. */
  readonly ended: Partial<Record<UpgradePhase, number>>
  /** The first cluster, from beginning to end. */
  readonly timeline: readonly TimelinePoint[]
}

/** What `fairlead upgrade simulate` has found; `-o json` prints it. */
export interface SimulationReport {
  readonly kind: 'fairlead.upgrade-simulation'
  readonly version: 1
  readonly nodes: number
  readonly runs: number
  readonly seed: number
  readonly fault: Fault
  readonly nature: Nature
  readonly policies: readonly PolicyResult[]
}

/** What to simulate. */
export interface SimulationOptions {
  /** What the policy is called. */
  readonly policy: string
  readonly spec: UpgradeSpec
  readonly nodes: number
  readonly runs: number
  readonly seed: number
  readonly fault: Fault
  readonly nature: Nature
  readonly signal: AbortSignal
}

/** Where a policy goes zone by zone, the nodes are in so many. */
const ZONES = 3

/**
 * Plays a policy over simulated clusters, beside the same policy without a soak and beside system-upgrade-controller:
 * the same nodes, the same nodes struck. The same seed is the same result.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { policy, nodes, runs, seed, fault, nature, signal } = options
  const spec = played(options.spec)
  const base = nodesNamed(nodes, spec.zoneKey === undefined ? 1 : ZONES)
  const hasty: UpgradeSpec = { ...spec, soak: { ...spec.soak, duration: 0 }, bake: 0 }
  const players: readonly [string, (simulated: Simulated) => Outcome][] = [
    [policy, (simulated) => runPolicy(spec, simulated)],
    ['without soak and bake', (simulated) => runPolicy(hasty, simulated)],
    ['system-upgrade-controller', (simulated) => runPeer(spec, simulated)],
  ]
  const outcomes = players.map(([name]) => ({ name, all: [] as Outcome[] }))
  for (let run = 0; run < runs; run++) {
    for (const [index, [, play]] of players.entries()) {
      const outcome = play({ nodes: base, fault, nature, seed: (seed + run) >>> 0 })
      // Of thousands of clusters only the first is drawn.
      outcomes[index]?.all.push(run === 0 ? outcome : { ...outcome, timeline: [] })
      // Lets ctrl-C in.
      await new Promise(setImmediate)
      signal.throwIfAborted()
    }
  }
  return {
    kind: 'fairlead.upgrade-simulation',
    version: 1,
    nodes,
    runs,
    seed,
    fault,
    nature,
    policies: outcomes.map(({ name, all }) => summary(name, all)),
  }
}

/** A policy with nobody at hand: what people would approve is approved. */
function played(spec: UpgradeSpec): UpgradeSpec {
  return { ...spec, approval: 'none', paused: false }
}

function summary(policy: string, outcomes: readonly Outcome[]): PolicyResult {
  const ended: Partial<Record<UpgradePhase, number>> = {}
  for (const outcome of outcomes) ended[outcome.ended] = (ended[outcome.ended] ?? 0) + 1
  const spread = (value: (outcome: Outcome) => number): Spread => {
    const values = outcomes.map((outcome) => value(outcome)).sort((a, b) => a - b)
    const at = (share: number) => values[Math.ceil(values.length * share) - 1] ?? 0
    return { median: at(0.5), p95: at(0.95), max: at(1) }
  }
  return {
    policy,
    hurt: spread(({ hurt }) => hurt),
    broken: spread(({ broken }) => broken),
    onNew: spread(({ onNew }) => onNew),
    tookMs: spread(({ tookMs }) => tookMs),
    ended,
    timeline: outcomes[0]?.timeline ?? [],
  }
}
