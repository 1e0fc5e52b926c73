import { expect, test } from 'vitest'
import type { ReadyCondition } from '../../../kubelet/ready-condition.ts'
import { readyNotes, shortMessage } from './ready.ts'

const boot = notReady(0, 'container runtime status check may not have completed yet')

test('a node that turned Ready and stayed so is one note', () => {
  expect(texts([boot, ready(1240)])).toEqual(['Ready from 1.2 s'])
})

test('what came after the first Ready is told change by change', () => {
  const down = notReady(38_200, 'container runtime is down')
  expect(texts([boot, ready(1240), down, ready(49_100)])).toEqual([
    'NotReady 38.2 s: container runtime is down',
    'Ready 49.1 s',
  ])
})

test('a new message alone is no change', () => {
  const down = notReady(30_000, 'container runtime is down')
  const worse = notReady(40_000, '[container runtime is down, container runtime not ready: x]')
  expect(texts([ready(0), down, worse])).toEqual(['NotReady 30.0 s: container runtime is down'])
})

test('a node that never turned Ready says why', () => {
  expect(texts([boot])).toEqual([
    'Never Ready: container runtime status check may not have completed yet',
  ])
  expect(texts([])).toEqual(['No condition posted'])
})

test('many changes are counted', () => {
  const flips = [1, 2, 3].flatMap((n) => [notReady(n * 10_000, 'down'), ready(n * 10_000 + 5000)])
  expect(texts([ready(0), ...flips])).toEqual([
    'NotReady 10.0 s: down',
    'Ready 15.0 s',
    'NotReady 20.0 s: down',
    '3 more changes',
  ])
})

test.each([
  ['container runtime is down', 'container runtime is down'],
  ['[container runtime is down]', 'container runtime is down'],
  ['[container runtime is down, container runtime not ready: a]', 'container runtime is down'],
  [
    'container runtime network not ready: NetworkReady=false reason:X message:a, b',
    'container runtime network not ready',
  ],
])('%s in short: %s', (message, short) => {
  expect(shortMessage(message)).toBe(short)
})

function texts(conditions: readonly ReadyCondition[]): string[] {
  return readyNotes(conditions).map((note) => note.text)
}

function ready(atMs: number): ReadyCondition {
  return {
    atMs,
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
  }
}

function notReady(atMs: number, message: string): ReadyCondition {
  return { atMs, status: 'False', reason: 'KubeletNotReady', message }
}
