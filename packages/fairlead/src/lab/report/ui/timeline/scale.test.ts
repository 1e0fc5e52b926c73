import { expect, test } from 'vitest'
import { KUBELET } from '../../../../kubelet/ready-condition.ts'
import { KUBELET_PATIENCE_MS, latencyScale, timeScale, trialAxis } from './scale.ts'

test("kubelet's patience is the constant of the kubelet model", () => {
  expect(KUBELET_PATIENCE_MS).toBe(KUBELET.maxWaitForContainerRuntimeMs)
})

test('a point in time and its place lead to each other', () => {
  const scale = timeScale(trialAxis(60_000), 1000)
  expect(scale.x(0)).toBe(10)
  expect(scale.x(60_000)).toBe(982)
  expect(scale.ms(scale.x(38_200))).toBeCloseTo(38_200)
})

test('what is outside of the trial stays at its edge', () => {
  const scale = timeScale(trialAxis(60_000), 1000)
  expect(scale.x(70_000)).toBe(scale.x(60_000))
  expect(scale.x(-5)).toBe(scale.x(0))
  expect(scale.ms(5000)).toBe(60_000)
  expect(scale.ms(0)).toBe(0)
})

test.each([
  [60_000, 1000, 5000, 13],
  [60_000, 500, 10_000, 7],
  [2000, 700, 200, 11],
  [100_000_000, 700, 10_800_000, 10],
])('a trial of %d ms on %d px has a tick each %d ms', (durationMs, width, stepMs, n) => {
  const { ticksMs } = timeScale(trialAxis(durationMs), width)
  expect(ticksMs[1]).toBe(stepMs)
  expect(ticksMs).toHaveLength(n)
})

test('a trial without duration has a scale still', () => {
  const scale = timeScale(trialAxis(0), 700)
  expect(scale.x(0)).toBe(10)
  expect(scale.ticksMs).toEqual([0])
})

test('an axis that begins elsewhere has its ticks at round times', () => {
  const text = String
  const scale = timeScale({ startMs: 12_300, endMs: 72_300, text, tickText: text }, 1000)
  expect(scale.x(12_300)).toBe(10)
  expect(scale.x(72_300)).toBe(982)
  expect(scale.ms(scale.x(40_000))).toBeCloseTo(40_000)
  expect([scale.ticksMs[0], scale.ticksMs.at(-1)]).toEqual([15_000, 70_000])
})

test('latencies from 1 ms to a minute fill the axis', () => {
  const { y, ticksMs } = latencyScale(200, 10, 110)
  expect([y(0.2), y(1), y(60_000), y(99_000)]).toEqual([110, 110, 10, 10])
  expect(y(1000)).toBeCloseTo(110 - (3 / Math.log10(60_000)) * 100)
  expect(ticksMs).toEqual([1, 10, 100, 1000, 10_000])
})

test('a longer latency makes the axis longer', () => {
  const { y, ticksMs } = latencyScale(120_000, 10, 110)
  expect(y(120_000)).toBe(10)
  expect(y(60_000)).toBeGreaterThan(10)
  expect(ticksMs.at(-1)).toBe(100_000)
})
