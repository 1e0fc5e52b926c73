import type { MetricFamily, Metrics } from './exposition.ts'

/** What Prometheus' client libraries say of a process, by their names. */
export const PROCESS_METRICS = {
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'CPU time that the process has used, in user and kernel mode.',
    labels: [],
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of the process that is resident.',
    labels: [],
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When the process was started, in seconds since 1970.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricFamily>>

/** What a process has used. */
export interface ProcessUse {
  readonly cpuMs: number
  readonly residentBytes: number
}

/** What this process has used until now. */
export function processUse(): ProcessUse {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss() }
}

/** Sets what a process has used. */
export function setProcessUse(
  metrics: Pick<Metrics<keyof typeof PROCESS_METRICS>, 'set'>,
  { cpuMs, residentBytes }: ProcessUse,
): void {
  metrics.set('process_cpu_seconds_total', [], cpuMs / 1000)
  metrics.set('process_resident_memory_bytes', [], residentBytes)
}
