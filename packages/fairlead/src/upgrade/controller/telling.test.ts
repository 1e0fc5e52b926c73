import { expect, test } from 'vitest'
import type { LeaderEvent } from '../../kube/lease.ts'
import type { Tally } from '../tally.ts'
import { createControllerTelling } from './telling.ts'

const TALLY: Tally = {
  phase: 'Stopped',
  failures: 1,
  untouched: 7,
  nodes: [
    { wave: 0, phase: 'done', count: 2 },
    { wave: 1, phase: 'rolled-back', count: 1 },
  ],
}

function testbed() {
  const clock = { nowMs: 0 }
  const telling = createControllerTelling(
    { now: () => clock.nowMs },
    { version: '1', startedAtMs: 0 },
  )
  const leads = (event: LeaderEvent) => {
    telling.saw({ type: 'leader', event })
  }
  const series = (name: string) =>
    telling.answers
      .metrics()
      .split('\n')
      .filter((line) => line.startsWith(name))
  return { ...telling, leads, series, clock }
}

const FAILED: LeaderEvent = {
  type: 'failed',
  error: { reason: 'unreachable', message: 'no route' },
}

test('who leads has the metrics of upgrades, and nobody else', () => {
  const { saw, leads, series, clock } = testbed()
  leads({ type: 'leading' })
  saw({ type: 'looked', upgrade: 'up', tally: TALLY })
  clock.nowMs = 2_500
  expect(series('fairlead_controller_')).toEqual([
    'fairlead_controller_info{version="1"} 1',
    'fairlead_controller_leader 1',
    'fairlead_controller_upgrade_phase{upgrade="up",phase="Stopped"} 1',
    'fairlead_controller_upgrade_nodes{upgrade="up",wave="0",phase="done"} 2',
    'fairlead_controller_upgrade_nodes{upgrade="up",wave="1",phase="rolled-back"} 1',
    'fairlead_controller_upgrade_nodes_untouched{upgrade="up"} 7',
    'fairlead_controller_upgrade_failures{upgrade="up"} 1',
    'fairlead_controller_decision_age_seconds{upgrade="up"} 2.5',
    'fairlead_controller_api_errors_total{part="lease"} 0',
    'fairlead_controller_api_errors_total{part="watch"} 0',
    'fairlead_controller_api_errors_total{part="upgrade"} 0',
    'fairlead_controller_api_errors_total{part="event"} 0',
  ])
  saw({ type: 'looked', upgrade: 'up', tally: { ...TALLY, phase: 'Complete' } })
  expect(series('fairlead_controller_upgrade_phase')).toEqual([
    'fairlead_controller_upgrade_phase{upgrade="up",phase="Complete"} 1',
  ])
  leads({ type: 'lost' })
  expect(series('fairlead_controller_upgrade')).toEqual([])
  expect(series('fairlead_controller_leader')).toEqual(['fairlead_controller_leader 0'])
})

test('an upgrade that is no more has none', () => {
  const { saw, leads, series } = testbed()
  leads({ type: 'leading' })
  saw({ type: 'looked', upgrade: 'up', tally: TALLY })
  saw({ type: 'gone', upgrade: 'up' })
  expect(series('fairlead_controller_upgrade')).toEqual([])
})

test('it is ready when it knows who has the Lease, and not while it cannot ask', () => {
  const { answers, leads } = testbed()
  const problem = () => answers.readyz().get('lease')
  expect(problem()).toBe('nobody has told yet who has it')
  leads({ type: 'following', holder: 'other' })
  expect(problem()).toBeUndefined()
  leads(FAILED)
  expect(problem()).toBe('no route')
  leads({ type: 'leading' })
  expect(problem()).toBeUndefined()
})

test('one that leads and does not go round is not alive; one that waits, or cannot reach the API server, is', () => {
  const { answers, leads, saw, clock } = testbed()
  const problem = () => answers.healthz().get('looking')
  leads({ type: 'following', holder: 'other' })
  clock.nowMs = 3_600_000
  expect(problem()).toBeUndefined()
  leads({ type: 'leading' })
  saw({ type: 'watch', what: 'nodes', error: { reason: 'unreachable', message: 'no route' } })
  clock.nowMs += 600_000
  expect(problem()).toBeUndefined()
  clock.nowMs += 600_000
  expect(problem()).toBe('has not gone on for 1200 s')
})
