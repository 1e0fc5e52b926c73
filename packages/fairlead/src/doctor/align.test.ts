import { expect, test } from 'vitest'
import { align } from './align.ts'
import type { LineFact } from './fact.ts'
import { readLogLine } from './formats/log-line.ts'

const line = (text: string, source = 'a.log', node?: string): LineFact => ({
  kind: 'line',
  node,
  atMs: undefined,
  written: readLogLine(text).time,
  place: { source },
  from: 'kubelet-log',
  text,
})
const times = (facts: readonly LineFact[], modified: Readonly<Record<string, string>> = {}) =>
  align(facts, {
    modifiedMs: new Map(Object.entries(modified).map(([file, at]) => [file, Date.parse(at)])),
  }).map(({ atMs }) => (atMs === undefined ? undefined : new Date(atMs).toISOString()))

const KLOG = 'E1231 23:59:59.000000  1 kubelet.go:1] x'

test('a line without a year is of the year before, where the file was written in January', () => {
  expect(times([line(KLOG)], { 'a.log': '2026-01-02T00:00:00Z' })).toEqual([
    '2025-12-31T23:59:59.000Z',
  ])
})

test('a whole time in the same file is nearer than the last write to it', () => {
  const whole = line('2024-12-31T23:00:00Z stdout F x')
  expect(times([whole, line(KLOG)], { 'a.log': '2026-08-01T00:00:00Z' })[1]).toBe(
    '2024-12-31T23:59:59.000Z',
  )
})

test('where nothing tells the year, the time is not known', () => {
  expect(times([line(KLOG)])).toEqual([undefined])
})

test('29 February is of the last leap year', () => {
  const leap = line('E0229 12:00:00.000000  1 kubelet.go:1] x')
  expect(times([leap], { 'a.log': '2024-03-01T00:00:00Z' })).toEqual(['2024-02-29T12:00:00.000Z'])
  expect(times([leap], { 'a.log': '2026-03-01T00:00:00Z' })).toEqual([undefined])
})

test("a line without a zone has that of its node's other lines, else UTC", () => {
  const zoned = line('2026-11-25T04:00:00+0100 n1 kubelet[1]: x', 'b.log', 'n1')
  const n1 = line('Nov 25 04:00:00 n1 kubelet[1]: x', 'a.log', 'n1')
  const n2 = line('Nov 25 04:00:00 n2 kubelet[1]: x', 'c.log', 'n2')
  expect(times([zoned, n1, n2])).toEqual([
    '2026-11-25T03:00:00.000Z',
    '2026-11-25T03:00:00.000Z',
    '2026-11-25T04:00:00.000Z',
  ])
})
