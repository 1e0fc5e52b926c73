import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Files, type Move, movesBetween } from './publication.ts'

const files = fc
  .dictionary(fc.constantFrom('00-a', '05-b', '10-c', '20-d'), fc.constantFrom('x', 'y', 'z'))
  .map((record): Files => new Map(Object.entries(record)))

test('nothing to change is no move', () => {
  expect(movesBetween(new Map([['a', 'x']]), new Map([['a', 'x']]))).toEqual([])
})

test('what is new or changed is loaded once, all at once', () => {
  const moves = movesBetween(
    new Map([['05-cilium.conflist', 'old']]),
    new Map([
      ['00-multus.conf', 'new'],
      ['05-cilium.conflist', 'changed'],
    ]),
  )
  expect(moves).toEqual([
    { kind: 'bring', file: '00-multus.conf', text: 'new' },
    { kind: 'bring-and-load', file: '05-cilium.conflist', text: 'changed' },
  ])
})

test('what goes loads what has come before it', () => {
  const moves = movesBetween(new Map([['a', '1']]), new Map([['b', '2']]))
  expect(moves.map(({ kind }) => kind)).toEqual(['bring', 'remove-and-load'])
})

test('the moves lead to what is wanted, whatever was there, and the last load sees all of it', () => {
  fc.assert(
    fc.property(files, files, (current, wanted) => {
      const moves = movesBetween(current, wanted)
      const loads = moves.filter(({ kind }) => kind !== 'bring').length
      const gone = [...current.keys()].filter((file) => !wanted.has(file)).length
      expect(loads).toBe(moves.length === 0 ? 0 : Math.max(1, gone))
      expect(moves.at(-1)?.kind).not.toBe('bring')
      expect(moves.reduce(apply, current)).toEqual(wanted)
    }),
  )
})

function apply(dir: Files, move: Move): Files {
  const next = new Map(dir)
  if (move.kind === 'remove-and-load') next.delete(move.file)
  else next.set(move.file, move.text)
  return next
}
