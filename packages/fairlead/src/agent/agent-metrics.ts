import type { AgentEvent } from './agent-event.ts'
import { createMetrics, type MetricFamily, type Metrics } from '../exposition.ts'
import { PROCESS_METRICS, type ProcessUse, setProcessUse } from '../process-metrics.ts'
import type { AgentState } from './report.ts'

/** All metrics of an agent; `docs/reference/metrics.md` is made of it. */
export const AGENT_METRICS = {
  fairlead_agent_info: {
    type: 'gauge',
    help: 'Always 1; the label says which version runs.',
    labels: ['version'],
  },
  fairlead_agent_loop_age_seconds: {
    type: 'gauge',
    help: 'How long ago each loop of the agent has last gone on.',
    labels: ['loop'],
  },
  fairlead_agent_failures_total: {
    type: 'counter',
    help: 'Faults of a part of the agent, after which it was begun again.',
    labels: ['part'],
  },
  fairlead_agent_runtime_state: {
    type: 'gauge',
    help: '1 for the state that the runtime is in, 0 for all others.',
    labels: ['state'],
  },
  fairlead_agent_runtime_state_timestamp_seconds: {
    type: 'gauge',
    help: 'When the runtime came into its state, in seconds since 1970.',
    labels: [],
  },
  fairlead_agent_runtime_status_duration_seconds: {
    type: 'histogram',
    help: "How long the runtime took to answer the agent's own Status calls, or stayed silent.",
    labels: ['outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  },
  fairlead_agent_networks: {
    type: 'gauge',
    help: 'Configs that are published, networks that wait, configs that are withdrawn until they change.',
    labels: ['state'],
  },
  fairlead_agent_publications_total: {
    type: 'counter',
    help: "Changes of the runtime's conf dir, and what became of them.",
    labels: ['result'],
  },
  fairlead_agent_source_files_rejected_total: {
    type: 'counter',
    help: 'Files of the sources that were not valid; what was published stayed.',
    labels: [],
  },
  fairlead_agent_unknown_files_total: {
    type: 'counter',
    help: "Files that somebody else has put into the runtime's conf dir.",
    labels: [],
  },
  fairlead_agent_sources_blind: {
    type: 'gauge',
    help: '1 while the sources cannot be watched, and are only scanned.',
    labels: [],
  },
  fairlead_agent_repairs_total: {
    type: 'counter',
    help: 'What was done about a runtime that is silent; report: only told.',
    labels: ['kind'],
  },
  fairlead_agent_late_pods: {
    type: 'gauge',
    help: 'Pods of this node that run without a network that they ask for.',
    labels: [],
  },
  fairlead_agent_pods_evicted_total: {
    type: 'counter',
    help: 'Pods that were evicted, since they were started too early for their networks.',
    labels: [],
  },
  fairlead_agent_cluster_failures_total: {
    type: 'counter',
    help: 'What the API server was told, or asked for, and did not take.',
    labels: [],
  },
  ...PROCESS_METRICS,
} as const satisfies Readonly<Record<string, MetricFamily>>

/** The metrics of an agent. */
export type AgentMetrics = Metrics<keyof typeof AGENT_METRICS>

/** Metrics of which nothing has been counted yet. */
export function createAgentMetrics(version: string, startedAtMs: number): AgentMetrics {
  const metrics = createMetrics(AGENT_METRICS)
  metrics.set('fairlead_agent_info', [version], 1)
  metrics.set('fairlead_agent_sources_blind', [], 0)
  metrics.set('process_start_time_seconds', [], startedAtMs / 1000)
  // A counter that comes into being with its first event has no rate: what alerts ask for begins at 0.
  for (const kind of ['end-plugins', 'restart', 'report']) {
    metrics.add('fairlead_agent_repairs_total', [kind], 0)
  }
  for (const result of ['published', 'kicked', 'confirmed', 'not-confirmed', 'withdrawn']) {
    metrics.add('fairlead_agent_publications_total', [result], 0)
  }
  return metrics
}

/** Counts something that the agent did or saw. */
export function countEvent(metrics: AgentMetrics, event: AgentEvent, nowMs: number): void {
  switch (event.type) {
    case 'published':
    case 'kicked':
    case 'confirmed':
    case 'not-confirmed':
    case 'withdrawn':
      metrics.add('fairlead_agent_publications_total', [event.type])
      return
    case 'unknown-file':
      metrics.add('fairlead_agent_unknown_files_total')
      return
    case 'rejected':
      metrics.add('fairlead_agent_source_files_rejected_total')
      return
    case 'blind':
    case 'sighted':
      metrics.set('fairlead_agent_sources_blind', [], event.type === 'blind' ? 1 : 0)
      return
    case 'runtime':
      metrics.set('fairlead_agent_runtime_state_timestamp_seconds', [], nowMs / 1000)
      return
    case 'repair':
      metrics.add('fairlead_agent_repairs_total', [event.repair.kind])
      return
    case 'failed':
      metrics.add('fairlead_agent_failures_total', [event.what])
      return
    case 'pod-evicted':
      metrics.add('fairlead_agent_pods_evicted_total')
      return
    case 'cluster-failed':
      metrics.add('fairlead_agent_cluster_failures_total')
      return
    case 'probed':
    case 'waits':
  }
}

const STATES = ['unknown', 'ready', 'not-ready', 'stalled', 'overloaded', 'away'] as const

/** Sets what is not counted but true at this moment. */
export function setGauges(
  metrics: AgentMetrics,
  now: {
    readonly report: AgentState
    readonly loopAgesMs: ReadonlyMap<string, number>
    readonly use: ProcessUse
  },
): void {
  const { report, loopAgesMs, use } = now
  for (const state of STATES) {
    const isIn = state === report.runtime.state
    metrics.set('fairlead_agent_runtime_state', [state], isIn ? 1 : 0)
  }
  for (const state of ['published', 'waiting', 'quarantined'] as const) {
    metrics.set('fairlead_agent_networks', [state], report[state].length)
  }
  metrics.set('fairlead_agent_late_pods', [], report.latePods.length)
  for (const [loop, ageMs] of loopAgesMs) {
    metrics.set('fairlead_agent_loop_age_seconds', [loop], ageMs / 1000)
  }
  setProcessUse(metrics, use)
}
