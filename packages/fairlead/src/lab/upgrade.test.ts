import { expect, test } from 'vitest'
import type { ContainerdInstall } from './runtimes/install.ts'
import { rowName, withGuards, withUpgrade } from './upgrade.ts'

function containerd(name: string): ContainerdInstall {
  const version = { major: 2, minor: 1, text: '2.1.0' }
  return { kind: 'containerd', name, version, containerd: 'c', ctr: 'ctr', pathDirs: [] }
}

test('the row of a runtime that is upgraded says to what, and the runtime keeps its name', () => {
  const from = containerd('containerd@2.0.0')
  const to = containerd('containerd@2.1.0')
  const upgraded = withUpgrade(from, to)
  expect(upgraded).toEqual({ ...from, upgrade: to })
  expect(rowName(upgraded)).toBe('containerd@2.0.0, upgraded to containerd@2.1.0')
  expect(rowName(from)).toBe('containerd@2.0.0')
})

test('a runtime of another kind, which could not read its state, is left as it is', () => {
  const embedded = { kind: 'embedded', name: 'fairlead', version: { text: '1' } } as const
  expect(withUpgrade(embedded, containerd('containerd@2.1.0'))).toBe(embedded)
})

test('a guarded runtime stays so through its upgrade', () => {
  const from = containerd('containerd@2.0.0')
  const to = containerd('containerd@2.1.0')
  const upgraded = withUpgrade(from, to)
  expect(withGuards([upgraded])).toEqual([
    upgraded,
    { ...from, guarded: true, upgrade: { ...to, guarded: true } },
  ])
})
