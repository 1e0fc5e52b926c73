import { expect, test } from 'vitest'
import { agentConfigSchema, type WatchdogPolicy } from './config.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import { type Observation, repairOf } from './repair.ts'

const HUNG = plugin(4711, 30_000)
const YOUNG = plugin(4712, 2_000)

test('a plugin that hangs is left alone while Status is answered', () => {
  const state = { kind: 'ready', sinceMs: 0 } as const
  expect(repairOf(seen({ state, plugins: [HUNG] }), policy()).kind).toBe('none')
})

test('a silent Status ends the plugins that hang, and no others', () => {
  const repair = repairOf(seen({ plugins: [HUNG, YOUNG] }), policy())
  expect(repair).toMatchObject({ kind: 'end-plugins', plugins: [HUNG] })
})

test('a short silence is borne', () => {
  expect(repairOf(seen({ nowMs: 11_999, plugins: [HUNG] }), policy()).kind).toBe('none')
})

test('where listings are silent, too, it is not the CNI that is waited for', () => {
  const state = { kind: 'overloaded', sinceMs: 0 } as const
  expect(repairOf(seen({ state, plugins: [HUNG] }), policy()).kind).toBe('none')
})

test('a silence with no plugin left is a deadlock: said by default, ended by policy', () => {
  expect(repairOf(seen({}), policy()).kind).toBe('report')
  expect(repairOf(seen({}), policy({ deadlock: 'restart' })).kind).toBe('restart')
})

test('a plugin that has just begun may be what Status waits for: nothing is restarted', () => {
  expect(repairOf(seen({ plugins: [YOUNG] }), policy({ deadlock: 'restart' })).kind).toBe('none')
})

test('nothing is restarted soon after the agent has begun', () => {
  const repair = repairOf(seen({ runsForMs: 29_999 }), policy({ deadlock: 'restart' }))
  expect(repair.kind).toBe('report')
})

test('after so many repairs within ten minutes it is only said', () => {
  const repairsAtMs = [600_001, 600_002, 600_003, 600_004, 600_005, 600_006]
  const state = { kind: 'stalled', sinceMs: 600_000 } as const
  const often = seen({ state, nowMs: 630_000, plugins: [HUNG], repairsAtMs })
  expect(repairOf(often, policy())).toMatchObject({ kind: 'report' })
  expect(repairOf({ ...often, nowMs: 1_200_007 }, policy()).kind).toBe('end-plugins')
})

test('nothing is repaired while a restart of an earlier run may go on', () => {
  const seenThen = seen({ plugins: [HUNG], restartingUntilMs: 25_001 })
  expect(repairOf(seenThen, policy()).kind).toBe('none')
})

test('a restart waits for the cluster, and is only told where the cluster does not bear it', () => {
  const restart = policy({ deadlock: 'restart' })
  const asked = seen({ restartLeave: () => ({ kind: 'asked' }) })
  expect(repairOf(asked, restart)).toEqual({ kind: 'none' })
  const refused = seen({ restartLeave: () => ({ kind: 'refused', why: 'node b is repaired now' }) })
  expect(repairOf(refused, restart)).toEqual({
    kind: 'report',
    why: 'Status has been silent for 25 s and no plugin runs: the CNI manager waits for itself; node b is repaired now',
  })
  expect(repairOf(seen({}), restart).kind).toBe('restart')
})

test('the cluster is not asked about a plugin that is ended, nor where nothing is done', () => {
  let asked = 0
  const restartLeave = () => {
    asked++
    return { kind: 'asked' } as const
  }
  repairOf(seen({ plugins: [HUNG], restartLeave }), policy({ deadlock: 'restart' }))
  repairOf(seen({ restartLeave }), policy({ deadlock: 'restart', dryRun: true }))
  repairOf(seen({ restartLeave }), policy({ deadlock: 'report' }))
  expect(asked).toBe(0)
})

test('a dry run says what it would do', () => {
  expect(repairOf(seen({ plugins: [HUNG] }), policy({ dryRun: true }))).toEqual({
    kind: 'report',
    why: 'Status has been silent for 25 s behind a plugin that hangs; a dry run',
  })
})

function plugin(pid: number, ageMs: number): PluginProcess {
  const process = { pid, startTick: 1 }
  return { process, plugin: 'bridge', verb: 'ADD', containerId: 'abc', ageMs }
}

function seen(more: Partial<Observation>): Observation {
  return {
    state: { kind: 'stalled', sinceMs: 0 },
    plugins: [],
    nowMs: 25_000,
    runsForMs: 60_000,
    repairsAtMs: [],
    restartingUntilMs: -Infinity,
    restartLeave: () => ({ kind: 'granted' }),
    ...more,
  }
}

function policy(more: Partial<WatchdogPolicy> = {}): WatchdogPolicy {
  const config = agentConfigSchema.parse({ sourceDirs: ['/a'], confDir: '/b' })
  return { ...config.watchdog, ...more }
}
