import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import type { KubeObject } from './api.ts'
import { labelsMatch, selectorOf } from './selectors.ts'

function pod(labels: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels } }
}

function selects(labelSelector: string, labels: Readonly<Record<string, string>>): boolean {
  const selector = selectorOf('pods', { labelSelector })
  if (!selector.ok) throw new Error(selector.problem)
  return selector.matches(pod(labels))
}

test('commas part requirements, but for those of a set', () => {
  expect(selects('a in (x, y),b', { a: 'y', b: '' })).toBe(true)
  expect(selects('a in (x, y),b', { a: 'y' })).toBe(false)
  expect(selects('a notin (x),!b,', { a: 'y' })).toBe(true)
})

test('a label that is called as something every object has is there where it is', () => {
  expect(selects('constructor', {})).toBe(false)
  expect(selects('!toString', {})).toBe(true)
  expect(selects('constructor in (x)', { constructor: 'x' })).toBe(true)
  const exists = { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }
  expect(labelsMatch(exists, {})).toBe(false)
  expect(labelsMatch(exists, { constructor: 'x' })).toBe(true)
})

test('a long selector is read in time that grows with its length', () => {
  const beganMs = performance.now()
  expect(selectorOf('pods', { labelSelector: 'a=b,'.repeat(100_000) }).ok).toBe(true)
  expect(performance.now() - beganMs).toBeLessThan(2000)
})
