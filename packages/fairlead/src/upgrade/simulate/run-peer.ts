import { countOf } from '../quantity.ts'
import type { UpgradeSpec } from '../spec.ts'
import { Chances } from './chances.ts'
import { EventQueue, type Timed } from './event-queue.ts'
import type { Outcome, Simulated } from './run-policy.ts'
import { Timeline } from './timeline.ts'

interface Happening extends Timed {
  readonly what: 'done' | 'breaks'
}

/**
 * What rancher's system-upgrade-controller does with the same nodes: as many Jobs at once as its `concurrency` allows,
 * here `maxUnavailable`; a node is done when its Job has succeeded, and nobody looks at it again
 * (v0.20.1 pkg/apis/upgrade.cattle.io/v1/types.go has no gate, soak or rollback).
 */
export function runPeer(spec: UpgradeSpec, simulated: Simulated): Outcome {
  const chances = new Chances(simulated)
  const total = simulated.nodes.order.length
  const concurrency = Math.max(1, countOf(spec.maxUnavailable, total))
  const events = new EventQueue<Happening>()
  const timeline = new Timeline()
  let [nowMs, next, onNew, broken, tookMs] = [0, 0, 0, 0, 0]
  const begin = () => {
    const node = next++
    const drainMs = spec.drain === undefined ? 0 : chances.drainMs(node)
    const doneMs = nowMs + drainMs + chances.bootMs(node)
    events.add({ atMs: doneMs, what: 'done' })
    const breaksAfterMs = chances.breaksAfterMs(node)
    if (breaksAfterMs !== undefined) events.add({ atMs: doneMs + breaksAfterMs, what: 'breaks' })
  }
  while (next < Math.min(concurrency, total)) begin()
  for (let event = events.take(); event !== undefined; event = events.take()) {
    nowMs = event.atMs
    if (event.what === 'breaks') broken++
    else {
      onNew++
      tookMs = nowMs
      if (next < total) begin()
    }
    timeline.add({ atMs: nowMs, onNew, broken })
  }
  return {
    hurt: broken,
    broken,
    onNew,
    tookMs,
    stoppedMs: undefined,
    ended: 'Complete',
    failures: [],
    timeline: timeline.points,
  }
}
