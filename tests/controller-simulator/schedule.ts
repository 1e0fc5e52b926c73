import { type Random, randomOf } from '../../packages/fairlead/src/random.ts'
import { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import { NODES } from '../../packages/fairlead/src/kube/resources.ts'
import {
  carryOut,
  type ControllerWorld,
  runController,
} from '../../packages/fairlead/src/upgrade/controller/controller.ts'
import {
  upgradeOf,
  upgradeRef,
} from '../../packages/fairlead/src/upgrade/controller/upgrade-object.ts'
import { RUNTIME_UPGRADES } from '../../packages/fairlead/src/upgrade/resource.ts'
import type { Upgrade } from '../../packages/fairlead/src/upgrade/decide.ts'
import type { UpgradeSpecInput } from '../../packages/fairlead/src/upgrade/spec.ts'
import { type Fate, Fleet, isReady, NEW } from './fleet.ts'
import { type Change, onWrite } from './history.ts'
import { brokenAtEnd, brokenRules, rests, type TimedChange } from './invariants.ts'
import { type MoverName, moverOf } from './movers.ts'
import { CALM_MS, calm, disturb } from './interference.ts'
import { VirtualClock } from './virtual-clock.ts'
import { type Pick, seenThrough, weatherOf } from './weather.ts'

/** What one schedule came to. */
export interface ScheduleResult {
  readonly seed: number
  /** A sentence for each rule that did not hold. */
  readonly broken: readonly string[]
  readonly phase: string
  /** What was written, a line each. */
  readonly story: () => readonly string[]
}

/** Around the world of a controller: a mistake that the rules have to find. */
export type Mutant = (world: ControllerWorld) => ControllerWorld

/**
 * A Job goes by the name of its node, so what begins on the next machine of that name is for the controller to stop before
 * that machine has booted.
 */
const REJOINS_AFTER_MS = 120_000

const HORIZON_MS = 3 * 3_600_000
const CALL = { timeoutMs: 1_000 }

/** Two controllers, one upgrade and a few nodes, with everything that goes wrong by the chance of the seed. */
export async function runSchedule(
  seed: number,
  mutant: Mutant = (world) => world,
  moverName: MoverName = 'slot',
): Promise<ScheduleResult> {
  const random = randomOf(seed)
  const clock = new VirtualClock()
  const over = new AbortController()
  const server = new MemoryApiServer({ wallMs: () => EPOCH + clock.now() })
  const fleet = new Fleet(server, clock, random, () => EPOCH + clock.now())
  const history: TimedChange[] = []
  // By chances of its own, so that a seed is the same schedule with each executor.
  const others = randomOf(seed + 1)
  const lagMs = [0, 1_000, 20_000][others.below(3)] ?? 0
  const mover = moverOf(moverName, { server, clock, random: others, fleet }, lagMs)
  onWrite(server, (change) => {
    history.push({ ...change, atMs: clock.now() })
    mover.onWrite(change)
    if (change.kind === 'Node' && change.object !== undefined) fleet.react(change.object)
  })
  const pick = <T>(...options: readonly T[]): T => {
    const picked = options[random.below(options.length)]
    if (picked === undefined) throw new Error('there is nothing to pick from')
    return picked
  }
  // Mostly a few nodes; now and then so many that those that break long after they were done are beyond chance.
  const isLate = random.below(8) === 0
  const fates: readonly Fate[] = isLate
    ? ['breaks long after']
    : pick<readonly Fate[]>(
        ['well'],
        ['well'],
        ['well', 'breaks'],
        ['well', 'well', 'does not start', 'breaks', 'flaps', 'breaks late'],
      )
  const count = isLate ? 32 : 2 + random.below(6)
  for (let index = 0; index < count; index++) {
    fleet.join(`n${index}`, pick(...fates), `z${index % 2}`)
  }
  server.seed(RUNTIME_UPGRADES, {
    metadata: { name: 'up' },
    spec: { ...specOf(isLate, random, pick), executor: mover.executor },
  })

  const weather = weatherOf(random, pick)
  const controllers = ['a', 'b'].map((identity) => {
    const offset = { ms: 0 }
    const world: ControllerWorld = {
      api: seenThrough(server, weather, clock, random),
      clock,
      wallMs: () => EPOCH + clock.now() + offset.ms,
      random,
      fetch: () => Promise.reject(new Error('there is none')),
      onEvent: (event) => {
        const leads = event.type === 'leader' && event.event.type === 'leading'
        if (leads) history.push({ ...controllerOf(identity), atMs: clock.now() })
      },
    }
    return { identity, offset, world: mutant(world), stop: new AbortController() }
  })
  const begin = (one: (typeof controllers)[number]): void => {
    const { identity, world, stop } = one
    const ends = AbortSignal.any([stop.signal, over.signal])
    const options = { namespace: 'fairlead', identity }
    history.push({ ...controllerOf(identity), atMs: clock.now() })
    const running = weather.leases
      ? runController(options, world, ends)
      : carryOut(options.namespace, world, ends)
    running.catch((error: unknown) => {
      thrown.push(String(error))
    })
  }
  const thrown: string[] = []
  for (const one of controllers) begin(one)
  for (let restart = random.below(5); restart > 0; restart--) {
    const one = pick(...controllers)
    clock.at(random.below(CALM_MS), () => {
      one.stop.abort()
      one.stop = new AbortController()
      clock.at(clock.now() + random.below(20_000), () => begin(one))
    })
  }
  for (let jump = random.below(4); jump > 0; jump--) {
    const one = pick(...controllers)
    clock.at(random.below(CALM_MS), () => {
      one.offset.ms = random.below(7_200_000) - 3_600_000
    })
  }
  if (moverName !== 'slot' && others.below(3) === 0) {
    // Sent back when it has hardly begun, and not all have heard of that.
    clock.at(others.below(20_000), () => {
      const spec = { rollback: 'all' }
      void server.client().patch(upgradeRef('up'), { spec }, { ...CALL, kind: 'merge' })
    })
  }
  disturb(server, fleet, clock, random, pick, moverName === 'slot' ? 0 : REJOINS_AFTER_MS)
  clock.at(CALM_MS, () => {
    calm(server, fleet, weather)
  })

  const upgradeNow = () => {
    const object = server.store.objects(RUNTIME_UPGRADES).get('up')
    const upgrade = object === undefined ? undefined : upgradeOf(object)
    return typeof upgrade === 'string' ? undefined : upgrade
  }
  let checkedMs = 0
  await clock.run(HORIZON_MS, () => {
    if (clock.now() < CALM_MS || clock.now() - checkedMs < 5_000) return thrown.length > 0
    checkedMs = clock.now()
    const isQuiet = clock.now() >= fleet.restlessUntilMs
    return thrown.length > 0 || (isQuiet && isOver(upgradeNow(), server))
  })
  // What is on its way yet may not undo what has come to an end.
  await clock.run(clock.now() + 60_000, () => false)
  const end = upgradeNow()
  over.abort()
  await clock.run(clock.now() + 60_000, () => false)
  const broken = [...thrown, ...brokenRules(history, weather.isPrompt)]
  if (end === undefined) broken.push('the upgrade is gone')
  else if (isOver(end, server)) {
    broken.push(...brokenAtEnd(end, server.store.objects(NODES).values()))
  } else broken.push(`it does not end: ${end.status?.phase}, ${end.status?.message}`)
  return { seed, broken, phase: end?.status?.phase ?? 'none', story: () => tell(history) }
}

const EPOCH = Date.UTC(2026, 0, 5)

function controllerOf(name: string): Change {
  return { kind: 'Controller', name, object: undefined }
}

function specOf(isLate: boolean, random: Random, pick: Pick): UpgradeSpecInput {
  return {
    target: { version: NEW },
    canary: { nodes: random.below(3) },
    waves: isLate
      ? [16, 17, 18, 19, 20, '100%']
      : pick<(number | string)[]>([1, 3], ['50%', '100%'], ['100%'], [2, '60%']),
    maxUnavailable: isLate ? '100%' : pick<number | string>(1, 2, 3, '50%'),
    ...(random.below(3) === 0 ? { zoneKey: 'zone' } : {}),
    ...(random.below(3) === 0 ? { drain: { timeout: '30s' } } : {}),
    timeout: '60s',
    soak: { duration: '20s', patience: '5s', deadline: '2m' },
    bake: '10s',
    onFailure: pick('pause', 'rollback-node', 'rollback-wave', 'rollback-all'),
    maxFailed: pick(0, 0, 0, 1),
    approval: pick('none', 'none', 'after-canary'),
  }
}

function isOver(upgrade: Upgrade | undefined, server: MemoryApiServer): boolean {
  const { phase, inFlight = [] } = upgrade?.status ?? {}
  if (phase === 'Complete' || phase === 'RolledBack') return true
  // One that selects no node waits for some to come.
  if (upgrade?.status?.started === 0 && server.store.objects(NODES).size === 0) return true
  // What somebody has asked for since may let it go on.
  const isSeen = upgrade?.generation === upgrade?.status?.observedGeneration
  if (phase !== 'Stopped' || !isSeen) return false
  const nodes = server.store.objects(NODES)
  return inFlight.every(({ node }) => rests(nodes.get(node), upgrade?.spec.onFailure === 'pause'))
}

function tell(history: readonly TimedChange[]): string[] {
  return history.map(({ atMs, kind, name, object }) => {
    const { annotations = {} } = object?.metadata ?? { annotations: {} }
    const what =
      object === undefined
        ? kind === 'Controller'
          ? 'begins to work'
          : 'deleted'
        : kind === 'Node'
          ? `${isReady(object) ? 'Ready' : 'NotReady'} ${JSON.stringify(object.spec)} ${JSON.stringify(annotations)}`
          : JSON.stringify({ spec: object.spec, status: object.status })
    return `${(atMs / 1000).toFixed(1)} s ${object?.metadata.resourceVersion ?? ''} ${name}: ${what}`
  })
}
