import { expect, test } from 'vitest'
import { slotsConfigSchema } from './config.ts'
import {
  afterInterruption,
  drive,
  type DriveOptions,
  lookOnTrial,
  type SlotEvent,
} from './drive.ts'
import { type Quirks, type SimulatedNode, simulatedNode } from './simulated-node.ts'
import type { SlotState } from './state.ts'
import { begin, next } from './transition.ts'

const { watch: policy } = slotsConfigSchema.parse({})
const FROM = { id: '2026-11-29T12:00:00.000Z', from: 'old', to: 'new', confirmWithinMs: 0 }

function optionsOf(node: SimulatedNode, more: Partial<DriveOptions> = {}): DriveOptions {
  return {
    world: node.world,
    write: node.write,
    policy,
    clock: node.clock,
    wallClockMs: () => Date.parse(FROM.id) + node.clock.now(),
    onEvent: () => {},
    signal: new AbortController().signal,
    ...more,
  }
}

/** Begins a change on a node, and carries it to its end; what is on its disk then. */
async function change(node: SimulatedNode, more: Partial<DriveOptions> = {}): Promise<SlotState> {
  await drive({ ...node.disk.state, activation: begin(FROM) }, optionsOf(node, more))
  return node.disk.state
}

async function changed(quirks: Quirks) {
  const node = simulatedNode(quirks)
  const { activation, history } = await change(node)
  expect(activation).toBeNull()
  const [record] = history
  return {
    outcome: record?.outcome,
    reasons: record?.reasons,
    link: node.disk.link,
    running: node.running,
    data: node.disk.data,
  }
}

const onOld = { link: 'old', running: 'old' }

test('a version that is well stays, and the metadata is copied before it starts', async () => {
  const node = simulatedNode()
  await change(node)
  expect(node.disk).toMatchObject({ link: 'new', shim: 'new', copy: 'old', data: 'new' })
  expect(node.disk.state.history).toEqual([
    {
      from: 'old',
      to: 'new',
      beganAt: FROM.id,
      endedAt: '2026-11-29T12:01:30.000Z',
      outcome: 'activated',
      reasons: [],
    },
  ])
})

test('new pods may keep the shim of the one before when a version stays', async () => {
  const node = simulatedNode({})
  const activation = begin({ ...FROM, leavesShim: true })
  await drive({ ...node.disk.state, activation }, optionsOf(node))
  expect(node.disk).toMatchObject({ link: 'new', shim: 'old' })
})

test('until a version stays, new pods get the shim of the one before', async () => {
  const shims: unknown[] = []
  const node = simulatedNode()
  await change(node, {
    onEvent: (event) => {
      if (event.type === 'step') shims.push([event.activation.step, node.disk.shim])
    },
  })
  expect(shims.slice(-3)).toEqual([
    ['start', 'old'],
    ['watch', 'old'],
    ['keep', 'old'],
  ])
  expect(node.disk.shim).toBe('new')
})

test('one that never starts, hangs late, crashes again and again or loads other networks goes back', async () => {
  const isNew = (version: string) => version === 'new'
  expect(await changed({ isHealthy: (version) => !isNew(version) })).toMatchObject({
    ...onOld,
    outcome: 'rolled-back',
    reasons: ['it was not healthy within 60 s: Status was not answered within 1000 ms'],
  })
  expect(
    await changed({ isHealthy: (version, ms) => !isNew(version) || ms < 45_000 }),
  ).toMatchObject({
    ...onOld,
    reasons: ['after 45 s it was unhealthy for 10 s: Status was not answered within 1000 ms'],
  })
  expect(
    await changed({ isHealthy: (version, ms) => !isNew(version) || ms % 5_000 !== 4_000 }),
  ).toMatchObject({
    ...onOld,
    reasons: ['it turned unhealthy 3 times, at last: Status was not answered within 1000 ms'],
  })
  expect(
    await changed({ networks: (version) => (isNew(version) ? ['other'] : ['cilium']) }),
  ).toMatchObject({ ...onOld, reasons: ['it has not loaded the networks cilium'] })
  expect(await changed({ fails: { probe: (node) => node.running === 'new' } })).toMatchObject({
    ...onOld,
    reasons: ['probe fails'],
  })
})

test('a pod of ours that the new version has left is removed by the old one', async () => {
  const node = simulatedNode({ isHealthy: (version, ms) => version === 'old' || ms < 45_000 })
  const pods: number[] = []
  await change(node, { onEvent: () => pods.push(node.probePods) })
  expect({ most: Math.max(...pods), left: node.probePods }).toEqual({ most: 1, left: 0 })
})

test('pods that a version has lost come back with the copy of the metadata', async () => {
  const pods = (version: string, all: readonly string[]) => (version === 'new' ? all.slice(1) : all)
  expect(await changed({ pods })).toMatchObject({
    ...onOld,
    data: 'old',
    outcome: 'rolled-back',
    reasons: ['1 of 2 pods are not ready any more: pod-1'],
  })
})

test('an old version that cannot use the metadata any more gets the copy', async () => {
  const isHealthy = (version: string, _: number, node: SimulatedNode) =>
    version === 'old' && node.disk.data === 'old'
  expect(await changed({ isHealthy })).toMatchObject({
    ...onOld,
    data: 'old',
    outcome: 'rolled-back',
  })
})

test('no call that fails leaves a node without a version that runs', async () => {
  for (const call of ['stop', 'start', 'flip', 'saveData'] as const) {
    let fails = 1
    const quirks: Quirks = { fails: { [call]: () => fails-- > 0 } }
    expect(await changed(quirks)).toMatchObject({
      ...onOld,
      outcome: 'rolled-back',
      reasons: [`${call} fails`],
    })
  }
  expect(await changed({ fails: { check: () => true } })).toMatchObject({
    ...onOld,
    outcome: 'refused',
  })
})

test('a disk that is full ends no way back', async () => {
  const node = simulatedNode({ fails: { saveData: () => true } })
  const events: SlotEvent[] = []
  let isFull = false
  await change(node, {
    onEvent: (event) => {
      events.push(event)
      isFull ||= event.type === 'failed'
    },
    write: async (state) => {
      if (isFull) throw new Error('no space left on device')
      await node.write(state)
    },
  })
  expect({ link: node.disk.link, running: node.running }).toEqual(onOld)
  expect(events).toContainEqual({
    type: 'not-remembered',
    reason: 'the state cannot be written: no space left on device',
  })
})

test('who interrupts it gets the old version back', async () => {
  const node = simulatedNode()
  const interrupt = new AbortController()
  await change(node, {
    signal: interrupt.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.activation.step === 'watch') interrupt.abort()
    },
  })
  expect({ link: node.disk.link, running: node.running }).toEqual(onOld)
  expect(node.disk.state.history[0]).toMatchObject({
    outcome: 'rolled-back',
    reasons: ['it was interrupted'],
  })
})

test('a version on trial goes back where it is not well any more, or not confirmed in time', async () => {
  let isWell = true
  const node = simulatedNode({ isHealthy: (version) => version === 'old' || isWell })
  const onTrial = await drive(
    { ...node.disk.state, activation: begin({ ...FROM, confirmWithinMs: 600_000 }) },
    optionsOf(node),
  )
  const { activation } = onTrial
  if (activation === null) throw new Error('it is not on trial')
  expect({ step: activation.step, link: node.disk.link, shim: node.disk.shim }).toEqual({
    step: 'trial',
    link: 'new',
    shim: 'old',
  })
  expect(next(activation, await lookOnTrial(activation, optionsOf(node)))).toBe(activation)
  isWell = false
  expect(await lookOnTrial(activation, optionsOf(node))).toEqual({
    kind: 'failed',
    reason: 'on trial it was not healthy any more: Status was not answered within 1000 ms',
  })
  const late = afterInterruption(onTrial, Date.parse(FROM.id) + 700_000)
  expect(late.activation).toMatchObject({
    way: 'back',
    reasons: ['it was not confirmed within 600 s'],
  })
  await drive(late, optionsOf(node))
  expect({ link: node.disk.link, shim: node.disk.shim }).toEqual({ link: 'old', shim: 'old' })
})

/** Kills the process at a call, does what happens to the node meanwhile, and resumes until it has ended. */
async function killedAndResumed(
  quirks: Quirks,
  kills: readonly SimulatedNode['killAt'][],
  meanwhile: (node: SimulatedNode) => Promise<void>,
) {
  const node = simulatedNode(quirks)
  let state: SlotState = { ...node.disk.state, activation: begin(FROM) }
  for (const killAt of [...kills, undefined]) {
    node.killAt = killAt
    node.calls = 0
    await drive(state, optionsOf(node))
    node.killAt = undefined
    await meanwhile(node)
    state = afterInterruption(node.disk.state, Date.parse(FROM.id) + node.clock.now())
    if (node.disk.state.activation === null) break
  }
  return node
}

/** As the unit does that is ordered before the runtime, and then the runtime's own. */
async function reboot(node: SimulatedNode): Promise<void> {
  node.running = undefined
  const state = afterInterruption(node.disk.state, Date.parse(FROM.id) + node.clock.now())
  const world = { ...node.world, stop: async () => {}, start: async () => {} }
  await drive(state, optionsOf(node, { world, beforeRuntime: true }))
  node.running = node.disk.link
}

test.each([
  ['a process', async () => {}],
  ['a machine', reboot],
] as const)(
  '%s that is killed at any call, once or twice, ends on a version that runs',
  async (what, meanwhile) => {
    const ways: readonly Quirks[] = [
      {},
      { isHealthy: (version, ms) => version === 'old' || ms < 45_000 },
      { pods: (version, all) => (version === 'new' ? [] : all) },
    ]
    let runs = 0
    for (const quirks of ways) {
      const clean = await killedAndResumed(quirks, [], async () => {})
      for (let call = 1; call <= clean.calls; call += 1) {
        for (const isDone of [false, true]) {
          for (const second of [
            undefined,
            ...Array.from({ length: 12 }, (_, index) => index + 1),
          ]) {
            const kills = [
              { call, isDone },
              ...(second === undefined ? [] : [{ call: second, isDone }]),
            ]
            const node = await killedAndResumed(quirks, kills, meanwhile)
            const { link, shim } = node.disk
            const told = `${what}, ${JSON.stringify(kills)}`
            const { activation, history } = node.disk.state
            // A kill before the first write leaves nothing to remember.
            const outcome = history[0]?.outcome ?? 'refused'
            expect({ running: node.running, shim, activation }, told).toEqual({
              running: link,
              shim: link,
              activation: null,
            })
            expect([link, outcome], told).toBeOneOf([
              ['old', 'refused'],
              ['old', 'rolled-back'],
              ...(quirks === ways[0] ? [['new', 'activated']] : []),
            ])
            runs += 1
          }
        }
      }
    }
    expect(runs).toBeGreaterThan(500)
  },
)
