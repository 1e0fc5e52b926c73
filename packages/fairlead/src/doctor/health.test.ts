import { expect, test } from 'vitest'
import { ADVISORY } from '../advisories/advisory-fixture.ts'
import { parse } from 'yaml'
import { type Advisory, advisorySchema } from '../advisories/advisory.ts'
import type { Fact } from './fact.ts'
import { healthOf, isWithoutEffect } from './health.ts'

const observed = { node: 'n1', atMs: 1, place: { source: 'a.log' } }
const ready = (status: 'True' | 'False' | 'Unknown'): Fact => ({
  kind: 'condition',
  ...observed,
  type: 'Ready',
  status,
  reason: 'R',
  message: 'M',
})
const line = (text: string): Fact => ({ kind: 'line', ...observed, from: 'kubelet-log', text })
const advisory = (...effects: Advisory['effects']): Advisory => ({
  ...advisorySchema.parse(parse(ADVISORY)),
  effects,
})

test('a node is Ready where a condition says so, and nothing says that it was not', () => {
  expect(healthOf([]).isReady).toBe(undefined)
  expect(healthOf([line('all is well')]).isReady).toBe(undefined)
  expect(healthOf([ready('True')]).isReady).toBe(true)
  expect(healthOf([ready('True'), ready('Unknown')]).isReady).toBe(false)
  expect(healthOf([ready('True'), line('"Node became not ready" node="n1"')]).isReady).toBe(false)
  expect(healthOf([line('Node n1 status is now: NodeNotReady')]).isReady).toBe(false)
})

test('what has shown no effect on a node that is Ready is no cause', () => {
  const hangs = advisory('node-notready', 'pods-stuck-creating')
  expect(isWithoutEffect(hangs, healthOf([ready('True')]))).toBe(true)
  expect(isWithoutEffect(hangs, healthOf([ready('False')]))).toBe(false)
  const failed = line('FailedCreatePodSandBox: Failed to create pod sandbox: rpc error')
  expect(isWithoutEffect(hangs, healthOf([ready('True'), failed]))).toBe(false)
  expect(isWithoutEffect(advisory('node-notready'), healthOf([ready('True'), failed]))).toBe(true)
})

test('where nobody tells of the node, or an effect shows nowhere, it may well be one', () => {
  expect(isWithoutEffect(advisory('node-notready'), healthOf([]))).toBe(false)
  expect(isWithoutEffect(advisory('ip-leak'), healthOf([ready('True')]))).toBe(false)
})
