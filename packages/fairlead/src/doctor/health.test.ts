import { expect, test } from 'vitest'
import type { Advisory } from '../advisories/advisory.ts'
import type { Probe } from '../advisories/probes.ts'
import type { Fact } from './fact.ts'
import { healthOf, isWithoutEffect } from './health.ts'

const observed = { node: 'n1', place: { source: 'a.log' } }
const ready = (status: 'True' | 'False' | 'Unknown', atMs = 10): Fact => ({
  kind: 'condition',
  ...observed,
  atMs,
  type: 'Ready',
  status,
  reason: 'R',
  message: 'M',
})
const line = (text: string, atMs = 20): Fact => ({
  kind: 'line',
  ...observed,
  atMs,
  from: 'runtime-status',
  text,
})
const probe = (name: Probe, atMs = 20): Fact => ({
  kind: 'probe',
  ...observed,
  atMs,
  probe: name,
  text: 'seen',
})
const isShown = (...facts: readonly Fact[]) => [...healthOf(facts).shown]
const effects: Advisory['effects'] = ['node-notready', 'pods-stuck-creating']
const isWithout = (evidence: readonly Fact[], ...more: readonly Fact[]) =>
  isWithoutEffect({ effects }, evidence, healthOf([...evidence, ...more]))

test('that a node is not Ready is shown by its condition, by kubelet, and by Status', () => {
  expect(isShown(line('all is well'), ready('True'))).toEqual([])
  expect(isShown(ready('True'), ready('Unknown', 20))).toEqual(['node-notready'])
  expect(isShown(ready('True'), line('"Node became not ready" node="n1"'))).toEqual([
    'node-notready',
  ])
  expect(isShown(line('Node n1 status is now: NodeNotReady'))).toEqual(['node-notready'])
  expect(isShown(ready('True'), probe('status-silent'))).toEqual(['node-notready'])
})

test('a network that comes up as the node starts was not lost; one that goes again was', () => {
  const down = 'NetworkReady=false reason:NetworkPluginNotReady message:none'
  expect(isShown(ready('True'), line(down, 5))).toEqual([])
  expect(isShown(ready('True'), line(down, 15))).toEqual(['node-notready'])
  expect(isShown(ready('True'), line(down, 15), ready('True', 20))).toEqual([])
})

test('pods that fail are shown by kubelet, the runtimes and plugins', () => {
  expect(isShown(line('FailedCreatePodSandBox: Failed to create pod sandbox: rpc error'))).toEqual([
    'pods-stuck-creating',
  ])
  expect(isShown(line('plugin type="multus" failed (delete): it hangs'))).toEqual([
    'pods-stuck-terminating',
  ])
})

test('what has come to nothing on a node that is Ready is without effect', () => {
  expect(isWithout([line('it hangs')], ready('True'))).toBe(true)
  expect(isWithout([line('it hangs')], ready('False'))).toBe(false)
  const failed = line('FailedCreatePodSandBox: Failed to create pod sandbox: rpc error')
  expect(isWithout([line('it hangs')], ready('True'), failed)).toBe(false)
})

test('pods without the networks that they asked for are wrong on a node that is Ready, and so is one that fails', () => {
  expect(isWithout([probe('pods-without-networks')], ready('True'))).toBe(false)
  const killed: Fact = {
    ...observed,
    kind: 'line',
    atMs: 20,
    from: 'pod-status',
    text: 'OOMKilled',
  }
  expect(isWithout([killed], ready('True'))).toBe(false)
})

test('where nobody tells that the node is Ready, it may well have an effect', () => {
  expect(isWithout([line('it hangs')])).toBe(false)
})

test('a program without which no pod can start is wrong also where none has tried to; before the node was Ready it is over', () => {
  expect(isWithout([probe('binary-missing', 20)], ready('True'))).toBe(false)
  expect(isWithout([probe('binary-missing', 5)], ready('True'))).toBe(true)
})
