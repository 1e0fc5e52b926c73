import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chanceOf, isBeyondChance } from './late-faults.ts'

test('the chance is that of a hypergeometric draw', () => {
  // Fisher's tea: three of the four cups right, and all four.
  expect(chanceOf({ ill: 3, of: 4 }, { ill: 1, of: 4 })).toBeCloseTo(17 / 70, 12)
  expect(chanceOf({ ill: 4, of: 4 }, { ill: 0, of: 4 })).toBeCloseTo(1 / 70, 12)
  expect(chanceOf({ ill: 2, of: 100 }, { ill: 0, of: 9_900 })).toBeCloseTo(
    (100 / 10_000) * (99 / 9_999),
    12,
  )
})

test('it is what counting all draws gives', () => {
  const group = fc
    .integer({ min: 1, max: 5 })
    .chain((of) => fc.record({ ill: fc.integer({ min: 0, max: of }), of: fc.constant(of) }))
  fc.assert(
    fc.property(group, group, (having, others) => {
      const counted =
        having.ill / having.of > others.ill / others.of ? countedChance(having, others) : 1
      expect(chanceOf(having, others)).toBeCloseTo(counted, 10)
    }),
  )
})

test('one dead node in a roll-out is chance; three of a few hundred, and no other, are not', () => {
  expect(isBeyondChance({ ill: 1, of: 30 }, { ill: 0, of: 9_970 })).toBe(false)
  expect(isBeyondChance({ ill: 1, of: 5_000 }, { ill: 0, of: 5_000 })).toBe(false)
  expect(isBeyondChance({ ill: 3, of: 300 }, { ill: 0, of: 9_700 })).toBe(true)
  expect(isBeyondChance({ ill: 3, of: 300 }, { ill: 40, of: 9_700 })).toBe(false)
})

test('with nobody left to compare with, nothing is beyond chance', () => {
  expect(isBeyondChance({ ill: 900, of: 1_000 }, { ill: 0, of: 0 })).toBe(false)
})

test('thousands of ill nodes are no trouble', () => {
  expect(isBeyondChance({ ill: 4_000, of: 5_000 }, { ill: 100, of: 5_000 })).toBe(true)
  expect(isBeyondChance({ ill: 2_500, of: 5_000 }, { ill: 2_499, of: 5_000 })).toBe(false)
})

/** Draws as many as are ill in every way there is, and counts those with at least so many from the first group. */
function countedChance(
  having: { ill: number; of: number },
  others: { ill: number; of: number },
): number {
  const [size, ill] = [having.of + others.of, having.ill + others.ill]
  let [all, more] = [0, 0]
  for (let draw = 0; draw < 2 ** size; draw++) {
    const drawn = [...Array(size).keys()].filter((node) => (draw >> node) % 2 === 1)
    if (drawn.length !== ill) continue
    all++
    if (drawn.filter((node) => node < having.of).length >= having.ill) more++
  }
  return more / all
}
