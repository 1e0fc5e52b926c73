import { expect, test } from 'vitest'
import { compareVersions, isAtLeast, parseVersion } from './versions.ts'

test.each([
  ['', [0, 1, 0]],
  ['1', [1, 0, 0]],
  ['0.4', [0, 4, 0]],
  ['1.2.3', [1, 2, 3]],
  ['1.2.3.4', undefined],
  ['a', undefined],
  ['0.', undefined],
  ['..', undefined],
  ['1.0.0-rc1', undefined],
  [' 1.0.0', undefined],
])('%j is read as %j', (text, version) => {
  expect(parseVersion(text)).toEqual(version)
})

test('versions are compared number by number', () => {
  expect(compareVersions('0.10.0', '0.9.0')).toBeGreaterThan(0)
  expect(compareVersions('1.0.0', '1')).toBe(0)
  expect(compareVersions('1.0.0', 'x')).toBeUndefined()
  expect(isAtLeast('1.1.0', '1.1.0')).toBe(true)
  expect(isAtLeast('', '0.4.0')).toBe(false)
  expect(isAtLeast('x', '0.1.0')).toBe(false)
})
