import { expect, test } from 'vitest'
import { specSchema } from '../spec.ts'
import { runPeer } from './run-peer.ts'
import { type Outcome, runPolicy } from './run-policy.ts'
import { type Fault, NATURE } from './settings.ts'
import { simulate } from './simulate.ts'
import { nodesNamed } from './simulated-nodes.ts'

const BASE = nodesNamed(10_000, 1)
const FOUNDING: Fault = { rate: 0.3, showsAfterMs: [45_000, 45_000] }
const spec = specSchema.parse({ target: { version: 'new' } })

const simulated = (seed: number, fault: Fault) => ({ nodes: BASE, nature: NATURE, seed, fault })

test('the founding fault hurts at most the canary and one wave of 10,000 nodes, and all are healed', () => {
  const canaryAndOneWave = 100
  for (let seed = 0; seed < 50; seed++) {
    const outcome = runPolicy(spec, simulated(seed, FOUNDING))
    expect(outcome.hurt, `seed ${seed}`).toBeLessThanOrEqual(canaryAndOneWave)
    expect(outcome, `seed ${seed}`).toMatchObject({ broken: 0, ended: 'Stopped' })
  }
})

test('system-upgrade-controller hurts every node that can be, with the same nodes', () => {
  const outcome = runPeer(spec, simulated(1, FOUNDING))
  expect(outcome.hurt).toBeGreaterThan(2_800)
  expect(outcome).toMatchObject({ broken: outcome.hurt, onNew: 10_000 })
})

test('a version without a fault gets everywhere', () => {
  const nodes = nodesNamed(300, 1)
  const fault: Fault = { rate: 0, showsAfterMs: [0, 0] }
  for (let seed = 0; seed < 8; seed++) {
    const outcome = runPolicy(spec, { nodes, nature: NATURE, seed, fault })
    expect(outcome, `seed ${seed}`).toMatchObject({ ended: 'Complete', onNew: 300, hurt: 0 })
  }
})

test('a fault that shows long after nodes were done ends the roll-out while it is on a few of them', () => {
  for (const rate of [0.01, 0.3]) {
    const fault: Fault = { rate, showsAfterMs: [600_000, 3_600_000] }
    const outcome = runPolicy(spec, simulated(1, fault))
    expect(outcome, `rate ${rate}`).toMatchObject({ ended: 'Stopped' })
    expect(outcome.failures[0]).toMatchObject({ phase: 'done' })
    expect(outcome.hurt).toBeLessThan(100)
  }
})

test('nodes that fail for reasons of their own, long after they were done, do not end it', () => {
  const nature = { ...NATURE, outages: 0.03 }
  const nodes = nodesNamed(1_000, 1)
  const fault: Fault = { rate: 0, showsAfterMs: [0, 0] }
  for (let seed = 0; seed < 10; seed++) {
    const { failures } = runPolicy(spec, { nodes, nature, seed, fault })
    expect(failures.filter(({ reason }) => reason.includes('long after'))).toEqual([])
  }
})

test('the same seed is the same cluster', () => {
  const run = (seed: number): Outcome => runPolicy(spec, simulated(seed, FOUNDING))
  expect(run(7)).toEqual(run(7))
  expect(run(7)).not.toEqual(run(8))
})

test('ctrl-C ends a simulation', async () => {
  const interrupt = new AbortController()
  const running = simulate({
    policy: 'p',
    spec,
    nodes: 100,
    runs: 1_000_000,
    seed: 1,
    fault: FOUNDING,
    nature: NATURE,
    signal: interrupt.signal,
  })
  setTimeout(() => {
    interrupt.abort()
  }, 20)
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
})
