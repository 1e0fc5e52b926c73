import { array, assert, nat, property, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { pack, rowCount } from './pack.ts'

test('what runs at the same time goes into rows of its own, and rows are used again', () => {
  const packed = pack([span(0, 10), span(5, 20), span(10, 12), span(6, 7)], 100, (item) => item)
  expect(packed.map(({ from, row, room }) => ({ from, row, room }))).toEqual([
    { from: 0, row: 0, room: 10 },
    { from: 5, row: 1, room: 100 },
    { from: 6, row: 2, room: 100 },
    { from: 10, row: 0, room: 100 },
  ])
  expect(rowCount(packed)).toBe(3)
})

test('nothing takes one row', () => {
  expect(rowCount(pack([], 100, (item: never) => item))).toBe(1)
})

test('what finds no row among so many shares the last', () => {
  const packed = pack([span(0, 9), span(1, 9), span(2, 9), span(3, 9)], 20, (item) => item, 2)
  expect(packed.map(({ row }) => row)).toEqual([0, 1, 1, 1])
})

test('nothing overlaps within a row, and no row is without need', () => {
  const spans = array(tuple(nat(100), nat(20)).map(([from, n]) => span(from, from + n)))
  assert(
    property(spans, (items) => {
      const packed = pack(items, 200, (item) => item)
      for (const { to, room } of packed) expect(to).toBeLessThanOrEqual(room)
      for (const { from, row } of packed) {
        const open = packed.filter((other) => other.from <= from && other.to >= from)
        expect(row).toBeLessThan(open.length)
      }
    }),
  )
})

function span(from: number, to: number) {
  return { from, to }
}
