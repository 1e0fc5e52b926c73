import { expect, test } from 'vitest'
import type { Timeline } from '../../report.ts'
import { fakeTimeline } from '../fake-report.ts'
import { layoutTimeline, ROW_HEIGHT } from './layout.ts'
import { timeScale, trialAxis } from './scale.ts'

const scale = timeScale(trialAxis(60_000), 1000)

test('a trial that saw nothing still has its Ready lane', () => {
  const { strips, status, steps, runtime } = layout({})
  expect(strips.map(({ name }) => name)).toEqual(['Ready'])
  expect([status, steps, runtime]).toEqual([undefined, undefined, undefined])
})

test('lanes follow one another from the top and do not overlap', () => {
  const { strips, height } = layout({
    status: [{ observer: 'kubelet', startMs: 0, latencyMs: 1, outcome: 'ready' }],
    steps: [{ atMs: 0, text: 'start' }],
    confEvents: [{ atMs: 0, file: '05-cilium.conflist', sizeBytes: 1 }],
    cniLoads: [{ atMs: 0, status: 'OK', networks: [] }],
    execs: [{ startMs: 0, endMs: 1, plugin: 'cilium-cni', verb: 'ADD', outcome: 'succeeded' }],
    pods: [{ startMs: 0, endMs: 1, pod: 'pod-1', call: 'RunPodSandbox', attempt: 1 }],
    runtime: [{ atMs: 0, text: 'started' }],
  })
  expect(strips.map(({ name }) => name)).toEqual([
    'Ready',
    'Status',
    'Steps',
    'Conf dir',
    '05-cilium.conflist',
    'CNI load',
    'Plugins',
    'cilium-cni',
    'Pods',
    'pod-1',
    'Runtime',
  ])
  const bottoms = strips.map((strip) => strip.y + strip.height)
  expect(strips.slice(1).every(({ y }, i) => y >= (bottoms[i] ?? 0))).toBe(true)
  expect(height).toBeGreaterThan(Math.max(...bottoms))
})

test('a plugin has as many rows as it had executions at once', () => {
  const exec = { plugin: 'multus-shim', verb: 'ADD', outcome: 'succeeded' }
  const { plugins } = layout({
    execs: [
      { ...exec, startMs: 0, endMs: 30_000 },
      { ...exec, startMs: 10_000, endMs: 20_000 },
      { ...exec, startMs: 25_000, endMs: 40_000 },
    ],
  })
  expect(plugins.map(({ height }) => height)).toEqual([2 * ROW_HEIGHT])
  expect(plugins[0]?.marks.map(({ row }) => row)).toEqual([0, 1, 1])
})

test('steps at the same moment are below one another', () => {
  const { steps } = layout({ steps: ['a', 'b', 'c'].map((text) => ({ atMs: 2000, text })) })
  expect(steps?.marks.map(({ item, row }) => [item.number, row])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ])
})

function layout(timeline: Partial<Timeline>) {
  return layoutTimeline(fakeTimeline(timeline), scale)
}
