import { expect, test } from 'vitest'
import { eventsOf } from './upgrade-events.ts'
import type { WorkEvent } from './work-event.ts'

const UPGRADE = { name: 'up', uid: 'u' }

function told(event: WorkEvent): string[] {
  return eventsOf(event, UPGRADE).map(
    ({ about, event: { type, reason, message } }) =>
      `${about.kind} ${about.name}: ${type} ${reason}: ${message}`,
  )
}

const NODE = { type: 'node', node: 'n1', begins: false, version: '2' } as const
const STATUS = {
  type: 'status',
  before: { phase: 'Progressing', wave: 1 },
  phase: 'Progressing',
  wave: 1,
  message: 'its nodes soak',
  failures: [],
} as const

test('a node that begins, ends or goes back is told on its Node', () => {
  expect(told({ ...NODE, phase: 'drain', begins: true })).toEqual([
    'Node n1: Normal RuntimeUpgradeBegun: drain in the RuntimeUpgrade up to 2',
  ])
  expect(told({ ...NODE, phase: 'upgrade' })).toEqual([])
  expect(told({ ...NODE, phase: 'done' })).toEqual([
    'Node n1: Normal RuntimeUpgraded: done in the RuntimeUpgrade up to 2',
  ])
  expect(told({ ...NODE, phase: 'failed', reason: 'did not start' })).toEqual([
    'Node n1: Warning RuntimeUpgradeFailed: failed in the RuntimeUpgrade up to 2: did not start',
  ])
})

test('waves, nodes that fail and what becomes of it are told on the RuntimeUpgrade, each once', () => {
  expect(told({ ...STATUS, before: undefined, wave: 0 })).toEqual([
    'RuntimeUpgrade up: Normal WaveOpened: the canary has begun',
  ])
  expect(told(STATUS)).toEqual([])
  expect(told({ ...STATUS, wave: 2 })).toEqual([
    'RuntimeUpgrade up: Normal WaveOpened: wave 2 has begun',
  ])
  const failures = [{ node: 'n1', wave: 1, reason: 'did not start', at: '' }]
  const message = 'node n1 did not start'
  expect(told({ ...STATUS, phase: 'Stopped', message, failures })).toEqual([
    'RuntimeUpgrade up: Warning NodeFailed: node n1 did not start',
    'RuntimeUpgrade up: Warning Stopped: node n1 did not start',
  ])
  expect(told({ ...STATUS, phase: 'Complete', message: 'every node is done' })).toEqual([
    'RuntimeUpgrade up: Normal Complete: every node is done',
  ])
})
