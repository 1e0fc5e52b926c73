import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Advisory, advisorySchema } from './advisory.ts'
import { ADVISORY } from './advisory-fixture.ts'
import type { Component } from './component.ts'
import { exposureOf, type Inventory } from './exposure.ts'

/** The fixture, with another `affected` in YAML. */
function advisory(affected: string): Advisory {
  return advisorySchema.parse({ ...parse(ADVISORY), affected: parse(affected) })
}

function inventory(versions: Partial<Record<Component, string>>): Inventory {
  return new Map(Object.entries(versions)) as Inventory
}

const LOCK = advisory(`
- component: containerd
  ranges: [{ introduced: 2.0.1, fixed: 2.0.3 }]
  patched:
    - { component: talos, range: { introduced: 1.9.1 }, why: Talos patches it. }
    - { component: go-cni, range: { introduced: 1.1.12 }, why: The library has the fix. }
- component: talos
  versions: [1.9.0]
`)

test.each([
  [{ containerd: '2.0.0' }, 'not-affected'],
  [{ containerd: '2.0.1' }, 'affected'],
  [{ containerd: 'v2.0.2-k3s2' }, 'affected'],
  [{ containerd: '2.0.3' }, 'not-affected'],
  [{ cilium: '1.16.5' }, 'not-affected'],
  [{}, 'not-affected'],
  [{ talos: 'v1.9.0' }, 'affected'],
  [{ talos: '1.9.1' }, 'not-affected'],
  // "Reports 2.0.1, but is patched": what is known beside beats the version.
  [{ containerd: '2.0.1', talos: '1.9.0' }, 'affected'],
  [{ containerd: '2.0.1', talos: '1.9.1' }, 'patched'],
  [{ containerd: '2.0.2', 'go-cni': 'v1.1.12' }, 'patched'],
  [{ containerd: '2.0.2', 'go-cni': 'v1.1.11' }, 'affected'],
  [{ containerd: 'unknown' }, 'not-affected'],
] as const)('with %j it is %s', (versions, is) => {
  expect(exposureOf(LOCK, inventory(versions)).is).toBe(is)
})

test('it is said by which components, and why a patch counts', () => {
  expect(exposureOf(LOCK, inventory({ containerd: '2.0.1', talos: '1.9.0' }))).toEqual({
    is: 'affected',
    by: [
      { component: 'containerd', version: '2.0.1' },
      { component: 'talos', version: '1.9.0' },
    ],
  })
  expect(exposureOf(LOCK, inventory({ containerd: '2.0.1', talos: '1.9.3' }))).toEqual({
    is: 'patched',
    by: [{ component: 'containerd', version: '2.0.1' }],
    whys: ['Talos patches it.'],
  })
})

const PAIR = advisory(`
- component: multus
  only: [{ component: cilium, range: { introduced: 1.14.0 } }]
`)

test('an issue of two components needs both, and says which one nothing is known of', () => {
  expect(exposureOf(PAIR, inventory({ multus: '4.1.4', cilium: '1.16.5' })).is).toBe('affected')
  expect(exposureOf(PAIR, inventory({ multus: '4.1.4', cilium: '1.13.0' })).is).toBe('not-affected')
  expect(exposureOf(PAIR, inventory({ multus: '4.1.4' }))).toEqual({
    is: 'depends',
    by: [{ component: 'multus', version: '4.1.4' }],
    on: ['cilium'],
  })
})

const BUILDS = advisory(`
- { component: containerd, versions: [1.6.20~ds1-1+deb12u1] }
- { component: k3s, ranges: [{ fixed: 1.31.2+k3s2 }] }
`)

test.each([
  [{ containerd: '1.6.20~ds1-1+deb12u1' }, 'affected'],
  [{ containerd: '1.6.20~ds1-1+deb12u2' }, 'not-affected'],
  [{ containerd: '1.6.20' }, 'not-affected'],
  [{ k3s: 'v1.31.2+k3s1' }, 'affected'],
  [{ k3s: 'v1.31.2+k3s2' }, 'not-affected'],
] as const)('builds are told apart: with %j it is %s', (versions, is) => {
  expect(exposureOf(BUILDS, inventory(versions)).is).toBe(is)
})

test('an entry without versions is about all of them', () => {
  const every = advisory('[{ component: weave }]')
  expect(exposureOf(every, inventory({ weave: '2.8.1' })).is).toBe('affected')
  expect(exposureOf(every, inventory({ weave: 'whatever' })).is).toBe('affected')
})

test('a fix ends it, and a patch beside never makes it worse', () => {
  const version = fc
    .tuple(fc.constantFrom(1, 2), fc.constantFrom(0, 1), fc.nat(6))
    .map((numbers) => numbers.join('.'))
  fc.assert(
    fc.property(version, version, (containerd, talos) => {
      const alone = exposureOf(LOCK, inventory({ containerd })).is
      const beside = exposureOf(LOCK, inventory({ containerd, 'go-cni': '1.1.12' })).is
      expect(alone === 'affected').toBe(containerd === '2.0.1' || containerd === '2.0.2')
      expect(beside).not.toBe('affected')
      expect(['affected', 'patched']).toContain(
        exposureOf(LOCK, inventory({ containerd: '2.0.1', talos })).is,
      )
    }),
  )
})
