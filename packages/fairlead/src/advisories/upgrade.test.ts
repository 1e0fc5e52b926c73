import { expect, test } from 'vitest'
import type { Component } from './component.ts'
import { readDistributions } from './distributions.ts'
import type { Inventory } from './exposure.ts'
import { complete, parseStep } from './inventory.ts'
import { precautions, unsupportedStep, unsupportedTogether } from './upgrade.ts'
import { readUpgradeRules } from './upgrade-rules.ts'

const rules = await readUpgradeRules()
const distributions = await readDistributions()

function inventory(versions: Partial<Record<Component, string>>): Inventory {
  return new Map(Object.entries(versions)) as Inventory
}

test.each([
  'containerd=1.6.20:1.7.34',
  'containerd=1.7.1:1.7.34',
  'containerd=1.7.34:2.0.11',
  'containerd=1.7.34:2.3.4',
  'containerd=1.6.39:2.0.5',
  'containerd=2.0.1:2.0.3',
  'containerd=2.0.1:2.3.4',
  'containerd=2.2.7:2.3.4',
  'containerd=2.4.0:2.5.0',
  'kubernetes=1.32.0:1.33.4',
  'k3s=v1.31.5+k3s1:v1.32.2+k3s1',
  'cilium=1.16.5:1.17.0-rc.1',
  'multus=3.9.0:4.2.0',
])('%s is supported', (step) => {
  expect(unsupportedStep(parseStep(step), rules)).toBeUndefined()
})

test.each([
  [
    'containerd=1.6.39:2.3.4',
    /^1\.6\.39 to 2\.3\.4: containerd supports an upgrade to the next minor/,
  ],
  ['containerd=1.7.34:2.1.9', /next minor/],
  ['containerd=2.0.11:2.2.7', /next minor/],
  ['containerd=2.3.4:2.2.7', /^2\.3\.4 to 2\.2\.7: containerd promises no way back/],
  ['kubernetes=1.32.0:1.34.0', /one minor release at a time/],
  ['kubernetes=1.32.0:1.31.9', /this is a step back/],
  ['cilium=1.16.5:1.18.0', /next minor release only/],
  ['talos=1.9.0:1.11.0', /every minor release between/],
])('%s is not, and it is said why', (step, text) => {
  expect(unsupportedStep(parseStep(step), rules)?.text).toMatch(text)
})

test.each([
  ['1.32.0', '2.0.1', true],
  ['1.32.0', '2.0.0', false],
  ['1.32.0', '1.7.23', false],
  ['1.32.0', '1.7.24~ds1-6', true],
  ['1.32.0', '2.3.4', true],
  ['1.33.0', '2.0.3', false],
  ['1.35.0', '2.0.11', false],
  ['1.36.0', '2.1.9', false],
  ['v1.36.1', 'v2.2.3-k3s1', true],
  ['1.27.0', '1.6.1', true],
])('Kubernetes %s with containerd %s: %s', (kubernetes, containerd, fit) => {
  const found = unsupportedTogether(inventory({ kubernetes, containerd }), rules)
  expect(found.length === 0).toBe(fit)
})

test('a combination that is not recommended is told with what is', () => {
  const [found] = unsupportedTogether(
    inventory({ kubernetes: '1.36.0', containerd: '2.1.9' }),
    rules,
  )
  expect(found?.text).toBe(
    'containerd 2.1.9: the containerd project recommends for Kubernetes 1.36 2.2.0+, 2.3.0+.',
  )
})

test('what is to be looked at first depends on the versions that are passed', () => {
  const ids = (from: string, to: string) =>
    precautions(inventory({ containerd: from }), inventory({ containerd: to }), rules).map(
      ({ id }) => id,
    )
  expect(ids('1.7.34', '2.0.11')).toEqual(['containerd-deprecations', 'containerd-config-sections'])
  expect(ids('2.0.11', '2.1.9')).toEqual(['containerd-bin-dirs', 'containerd-network-folders'])
  expect(ids('2.0.1', '2.0.3')).toEqual([])
  expect(ids('1.7.34', '2.3.4')).toHaveLength(5)
})

test('a kubelet that leaves a runtime behind is told of only where that runtime runs', () => {
  const ids = (containerd: string) =>
    precautions(
      inventory({ kubernetes: '1.36.2', containerd }),
      inventory({ kubernetes: '1.37.0', containerd }),
      rules,
    ).map(({ id }) => id)
  expect(ids('1.7.34')).toEqual(['kubelet-runtime-config'])
  expect(ids('2.0.11')).toEqual([])
})

test.each([
  [{ talos: 'v1.9.0' }, '2.0.1'],
  [{ talos: '1.12.8' }, '2.2.4'],
  [{ rke2: 'v1.32.2+rke2r1' }, '2.0.2-k3s2'],
  [{ k3s: 'v1.31.6+k3s1' }, '2.0.2-k3s2'],
] as const)('%j brings containerd %s', (versions, version) => {
  const { versions: all, implied } = complete(inventory(versions), distributions)
  expect(all.get('containerd')).toBe(version)
  expect(implied).toHaveLength(1)
})

test('what a distribution brings is not guessed, and never wins over what is given', () => {
  expect(complete(inventory({ talos: '1.42.0' }), distributions).implied).toEqual([])
  const given = inventory({ talos: '1.9.0', containerd: '2.0.3' })
  expect(complete(given, distributions)).toEqual({ versions: given, implied: [] })
})

test.each([
  ['containerd', 'is no upgrade'],
  ['containerd=2.0.1', 'is no upgrade'],
  ['containred=2.0.1:2.0.3', 'There is no component "containred"'],
  ['containerd=latest:2.0.3', '"latest" is no version of containerd'],
])('%s is refused', (text, message) => {
  expect(() => parseStep(text)).toThrow(message)
})
