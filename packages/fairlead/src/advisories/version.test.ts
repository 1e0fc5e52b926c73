import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions, isInRange, parseVersion, type Version } from './version.ts'

/** The version of a text that has one. */
function version(text: string): Version {
  const parsed = parseVersion(text)
  if (parsed === undefined) throw new Error(`no version: ${text}`)
  return parsed
}

test.each([
  // Older to newer.
  [['1.6.20', '1.7.0', '2.0.0', '10.0.0']],
  [['2.0.0-alpha.1', '2.0.0-beta.0', '2.0.0-beta.2', '2.0.0-rc.4', '2.0.0-rc.10', '2.0.0']],
  [['v1.31.2-rc1+k3s1', 'v1.31.2-rc10+k3s1', 'v1.31.2+k3s1', 'v1.31.2+k3s2', 'v1.31.3+k3s1']],
  [['v1.28.15+rke2r1', 'v1.28.15+rke2r2', 'v1.28.15+rke2r10']],
  [['1.33.4-gke.1036000', '1.33.4-gke.2000000', '1.33.5-gke.1']],
  [['1.6.19~ds1-1', '1.6.20~ds1-1+deb12u1', '1:1.7.24~ds1-6', '2.0.0~rc4+ds1-1', '2.0.0+ds1-1']],
  [['4.16.0-0.nightly-2024-06-01-103251', '4.16.0', '4.17.0-ec.2', '4.17.0-rc.1', '4.17.0']],
])('%j are in order', (texts) => {
  const sorted = texts.toReversed().sort((a, b) => compareVersions(version(a), version(b)))
  expect(sorted).toEqual(texts)
  for (const [index, text] of texts.entries()) {
    for (const later of texts.slice(index + 1)) {
      expect(compareVersions(version(text), version(later)), `${text} ${later}`).toBeLessThan(0)
    }
  }
})

test.each([
  'v2.0.1',
  '2.0.1+unknown',
  '2.0.1.m',
  '2.0.1-1.el9',
  '2.0.1-0ubuntu1~24.04.1',
  '2.0.1~ds1-1+deb13u1',
  '2.0.1-k3s1',
  '2.0.1-eks-5e0fdde',
  ' 2.0.1\n',
])('%j is 2.0.1, built by somebody', (text) => {
  expect(compareVersions(version(text), version('2.0.1'))).toBe(0)
})

test.each(['', 'latest', '2', 'v', '2.x', '2.0.1 or so', '2.0.1\n3.0.0', '..', '1.2.3/4'])(
  '%j is no version',
  (text) => {
    expect(parseVersion(text)).toBeUndefined()
  },
)

test('a range has its first version and not the fixed one', () => {
  const range = { introduced: '2.0.1', fixed: '2.0.3' }
  const inside = ['2.0.0', '2.0.1-rc.1', '2.0.1', '2.0.2', '2.0.3-rc.0', '2.0.3', '2.1.0'].map(
    (text) => isInRange(version(text), range),
  )
  expect(inside).toEqual([false, false, true, true, true, false, false])
})

test('a range to a last version has it, in every build', () => {
  const range = { introduced: '0', lastAffected: '1.31.2' }
  const inside = ['0.0.1-alpha', '1.31.2', 'v1.31.2+k3s2', '1.31.3-rc.1'].map((text) =>
    isInRange(version(text), range),
  )
  expect(inside).toEqual([true, true, true, false])
})

test('a range that ends at a build tells the builds of a release apart', () => {
  const range = { introduced: '0', fixed: '1.31.2+k3s2' }
  expect(isInRange(version('v1.31.2+k3s1'), range)).toBe(true)
  expect(isInRange(version('v1.31.2+k3s2'), range)).toBe(false)
})

const number = fc.nat({ max: 30 })
const text = fc
  .tuple(
    number,
    number,
    number,
    fc.option(fc.tuple(fc.constantFrom('alpha', 'beta', 'rc'), number)),
  )
  .map(([major, minor, patch, pre]) =>
    [major, minor, patch].join('.').concat(pre === null ? '' : `-${pre.join('.')}`),
  )

test('the order is total: antisymmetric and transitive', () => {
  fc.assert(
    fc.property(text, text, text, (...texts) => {
      const [a, b, c] = texts.map(version).sort(compareVersions)
      if (a === undefined || b === undefined || c === undefined) throw new Error('three of them')
      expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
    }),
  )
})

test("a vendor's suffix moves no version over the end of a range", () => {
  const suffix = fc.constantFrom('-eks-5e0fdde', '-1.el9', '-0ubuntu1~24.04.1', '+unknown', '.m')
  fc.assert(
    fc.property(text, text, text, suffix, (a, introduced, fixed, end) => {
      const range = { introduced, fixed }
      expect(isInRange(version(a + end), range)).toBe(isInRange(version(a), range))
    }),
  )
})

test('any text is a version or none, at once', () => {
  fc.assert(
    fc.property(fc.string(), (any) => {
      parseVersion(any)
    }),
  )
  expect(parseVersion(`1.2.3-${'a-.'.repeat(100_000)}!`)).toBeUndefined()
})
