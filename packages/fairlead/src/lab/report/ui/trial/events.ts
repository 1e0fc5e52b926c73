import type { Evidence } from '../evidence.ts'
import { count, latency, seconds, size } from '../format.ts'

/** One line of the timeline in words. */
export interface TimelineEvent {
  readonly atMs: number
  readonly what: string
  readonly text: string
}

/** The timeline as text, in the order of time; of the Status calls only the silences. */
export function timelineEvents({ ready, timeline, axis }: Evidence): TimelineEvent[] {
  const events: TimelineEvent[] = [
    ...ready.map(({ atMs, status, message }) => ({
      atMs,
      what: 'Ready',
      text: `${status}: ${message}`,
    })),
    ...timeline.silences.map(({ startMs, endMs }) => ({
      atMs: startMs,
      what: 'Status',
      text: `silent for ${seconds(endMs - startMs)}, until ${axis.text(endMs)}`,
    })),
    ...timeline.steps.map(({ atMs, text }, i) => ({ atMs, what: `step ${i + 1}`, text })),
    ...timeline.confEvents.map(({ atMs, file, sizeBytes }) => ({
      atMs,
      what: 'conf dir',
      text: sizeBytes === null ? `${file} gone` : `${file}, ${size(sizeBytes)}`,
    })),
    ...timeline.cniLoads.map(({ atMs, status, networks }) => ({
      atMs,
      what: 'CNI load',
      text: `${status}; networks: ${networks.join(', ') || 'none'}`,
    })),
    ...timeline.execs.map((exec) => ({
      atMs: exec.startMs,
      what: exec.plugin,
      text: `${exec.verb}${exec.pod === undefined ? '' : ` ${exec.pod}`}, ${took(exec)}: ${exec.outcome}`,
    })),
    ...timeline.pods.map((span) => ({
      atMs: span.startMs,
      what: span.pod,
      text: `${span.call}, attempt ${span.attempt}, ${took(span)}${span.error === undefined ? '' : `: ${span.error}`}`,
    })),
    ...timeline.runtime.map(({ atMs, text }) => ({ atMs, what: 'runtime', text })),
  ]
  return events.toSorted((a, b) => a.atMs - b.atMs)
}

/** What the timeline shows, in one sentence for those who cannot see it. */
export function timelineLabel({ ready, statusSilenceMs, timeline, axis }: Evidence): string {
  const notReady = ready.filter((condition) => condition.status === 'False').length
  return [
    `Timeline of ${seconds(axis.endMs - axis.startMs)}`,
    count(notReady, 'NotReady condition'),
    `longest Status silence ${seconds(statusSilenceMs)}`,
    count(timeline.status.length, 'Status call'),
    count(timeline.steps.length, 'step'),
    count(timeline.execs.length, 'plugin execution'),
    `${count(new Set(timeline.pods.map((span) => span.pod)).size, 'pod')}. The events follow as a table`,
  ].join(', ')
}

function took({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): string {
  return latency(endMs - startMs)
}
