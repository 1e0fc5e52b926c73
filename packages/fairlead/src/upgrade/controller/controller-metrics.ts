import { createMetrics, type MetricFamily, type Metrics } from '../../exposition.ts'
import { PROCESS_METRICS } from '../../process-metrics.ts'
import type { Tally } from '../tally.ts'

/** All metrics of a controller; `docs/reference/metrics.md` is made of it. */
export const CONTROLLER_METRICS = {
  fairlead_controller_info: {
    type: 'gauge',
    help: 'Always 1; the label says which version runs.',
    labels: ['version'],
  },
  fairlead_controller_leader: {
    type: 'gauge',
    help: '1 for the controller that holds the Lease and works; only it has the metrics of upgrades.',
    labels: [],
  },
  fairlead_controller_upgrade_phase: {
    type: 'gauge',
    help: '1 for the phase that each upgrade is in.',
    labels: ['upgrade', 'phase'],
  },
  fairlead_controller_upgrade_nodes: {
    type: 'gauge',
    help: 'Nodes of an upgrade that have begun, by their wave (0 is the canary) and what they are in.',
    labels: ['upgrade', 'wave', 'phase'],
  },
  fairlead_controller_upgrade_nodes_untouched: {
    type: 'gauge',
    help: 'Nodes of an upgrade that have not begun, and do not run the version already.',
    labels: ['upgrade'],
  },
  fairlead_controller_upgrade_failures: {
    type: 'gauge',
    help: 'Nodes that have failed an upgrade.',
    labels: ['upgrade'],
  },
  fairlead_controller_decision_age_seconds: {
    type: 'gauge',
    help: 'How long ago it was last decided what comes next for an upgrade; a minute at most, as a rule.',
    labels: ['upgrade'],
  },
  fairlead_controller_api_errors_total: {
    type: 'counter',
    help: 'Calls of the API server that came to nothing and are tried again, by what for.',
    labels: ['part'],
  },
  ...PROCESS_METRICS,
} as const satisfies Readonly<Record<string, MetricFamily>>

/** The metrics of a controller. */
export type ControllerMetrics = Metrics<keyof typeof CONTROLLER_METRICS>

/** What a call of the API server was for. */
const API_PARTS = ['lease', 'watch', 'upgrade', 'event'] as const

/** Metrics of which nothing has been counted yet. */
export function createControllerMetrics(version: string, startedAtMs: number): ControllerMetrics {
  const metrics = createMetrics(CONTROLLER_METRICS)
  metrics.set('fairlead_controller_info', [version], 1)
  metrics.set('process_start_time_seconds', [], startedAtMs / 1000)
  for (const part of API_PARTS) metrics.add('fairlead_controller_api_errors_total', [part], 0)
  return metrics
}

/** An upgrade as it was last decided on. */
export interface SeenUpgrade {
  readonly tally: Tally
  readonly ageMs: number
}

/** Sets what is true of all upgrades at this moment. */
export function setUpgrades(
  metrics: ControllerMetrics,
  upgrades: ReadonlyMap<string, SeenUpgrade>,
): void {
  for (const name of [
    'fairlead_controller_upgrade_phase',
    'fairlead_controller_upgrade_nodes',
    'fairlead_controller_upgrade_nodes_untouched',
    'fairlead_controller_upgrade_failures',
    'fairlead_controller_decision_age_seconds',
  ] as const) {
    metrics.clear(name)
  }
  for (const [upgrade, { tally, ageMs }] of upgrades) {
    metrics.set('fairlead_controller_upgrade_phase', [upgrade, tally.phase], 1)
    for (const { wave, phase, count } of tally.nodes) {
      metrics.set('fairlead_controller_upgrade_nodes', [upgrade, String(wave), phase], count)
    }
    metrics.set('fairlead_controller_upgrade_nodes_untouched', [upgrade], tally.untouched)
    metrics.set('fairlead_controller_upgrade_failures', [upgrade], tally.failures)
    metrics.set('fairlead_controller_decision_age_seconds', [upgrade], ageMs / 1000)
  }
}
