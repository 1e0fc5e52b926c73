import type { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import { NODES } from '../../packages/fairlead/src/kube/resources.ts'
import type { Random } from '../../packages/fairlead/src/random.ts'
import { upgradeRef } from '../../packages/fairlead/src/upgrade/controller/upgrade-object.ts'
import type { UpgradeSpecInput } from '../../packages/fairlead/src/upgrade/spec.ts'
import { type Fleet, isReady } from './fleet.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { Pick, Weather } from './weather.ts'

/** From then on nothing fails any more, and nobody interferes. */
export const CALM_MS = 8 * 60_000
const CALL = { timeoutMs: 1_000 }

/** What people and machines do meanwhile. */
export function disturb(
  server: MemoryApiServer,
  fleet: Fleet,
  clock: VirtualClock,
  random: Random,
  pick: Pick,
  rejoinsAfterMs: number,
): void {
  const api = server.client()
  const patch = (spec: Partial<UpgradeSpecInput>) =>
    void api.patch(upgradeRef('up'), { spec }, { ...CALL, kind: 'merge' })
  const cordon = (name: string, unschedulable: boolean | null) =>
    void api.patch(
      { resource: NODES, name },
      { spec: { unschedulable } },
      { ...CALL, kind: 'merge' },
    )
  const deeds: readonly ((name: string) => void)[] = [
    () => patch({ paused: true }),
    () => patch({ paused: false }),
    () => patch({ approvedWaves: 9 }),
    () => patch({ rollback: pick('node', 'wave', 'all') }),
    () => patch({ maxFailed: 2 }),
    (name) => cordon(name, true),
    (name) => cordon(name, null),
    (name) => fleet.leave(name),
    (name) => {
      fleet.leave(name)
      if (rejoinsAfterMs === 0) fleet.join(name, 'well', 'z0')
      else clock.at(clock.now() + rejoinsAfterMs, () => fleet.join(name, 'well', 'z0'))
    },
    () => fleet.join(`m${random.below(3)}`, 'well', 'z1'),
    (name) => {
      fleet.setReady(name, false)
      clock.at(clock.now() + random.below(60_000), () => fleet.setReady(name, true))
    },
    () => server.store.endWatches(),
    () => server.store.compact(),
  ]
  for (let deed = random.below(5); deed > 0; deed--) {
    const doIt = pick(...deeds)
    const name = `n${random.below(8)}`
    clock.at(random.below(CALM_MS / 2), () => {
      doIt(name)
    })
  }
}

/** Lets everything be well, but for what the new version does to nodes. */
export function calm(server: MemoryApiServer, fleet: Fleet, weather: Weather): void {
  Object.assign(weather, { latencyMs: 5, errorRate: 0, watchLagMs: 0 })
  const api = server.client()
  void api.patch(
    upgradeRef('up'),
    { spec: { paused: false, approvedWaves: 9 } },
    { ...CALL, kind: 'merge' },
  )
  for (const [name, node] of server.store.objects(NODES)) {
    const hasNote = node.metadata.annotations?.['fairlead.dev/runtime-upgrade'] !== undefined
    const isHeld = JSON.stringify(node.metadata.annotations ?? {}).match(
      /"phase\\":\\"(drain|upgrade|soak|failed|rollback)/,
    )
    if (hasNote && isHeld !== null) continue
    if (!isReady(node)) fleet.setReady(name, true)
    void api.patch(
      { resource: NODES, name },
      { spec: { unschedulable: null } },
      { ...CALL, kind: 'merge' },
    )
  }
}
