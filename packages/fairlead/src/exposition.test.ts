import { expect, test } from 'vitest'
import { createMetrics } from './exposition.ts'

const FAMILIES = {
  repairs_total: { type: 'counter', help: 'Repairs.', labels: ['kind'] },
  failures_total: { type: 'counter', help: 'Failures\nof \\ parts.', labels: [] },
  networks: { type: 'gauge', help: 'Networks.', labels: ['state'] },
  seconds: { type: 'histogram', help: 'Time.', labels: ['outcome'], buckets: [0.1, 1] },
} as const

test('counters, gauges and histograms are told as Prometheus reads them', () => {
  const metrics = createMetrics(FAMILIES)
  metrics.add('repairs_total', ['a "b"\n\\'])
  metrics.add('repairs_total', ['a "b"\n\\'], 2)
  metrics.set('networks', ['waiting'], 2)
  for (const value of [0.1, 0.5, 7]) metrics.observe('seconds', ['answered'], value)
  expect(metrics.text()).toBe(
    [
      '# HELP repairs_total Repairs.',
      '# TYPE repairs_total counter',
      String.raw`repairs_total{kind="a \"b\"\n\\"} 3`,
      String.raw`# HELP failures_total Failures\nof \\ parts.`,
      '# TYPE failures_total counter',
      'failures_total 0',
      '# HELP networks Networks.',
      '# TYPE networks gauge',
      'networks{state="waiting"} 2',
      '# HELP seconds Time.',
      '# TYPE seconds histogram',
      'seconds_bucket{outcome="answered",le="0.1"} 1',
      'seconds_bucket{outcome="answered",le="1"} 2',
      'seconds_bucket{outcome="answered",le="+Inf"} 3',
      'seconds_sum{outcome="answered"} 7.6',
      'seconds_count{outcome="answered"} 3',
      '',
    ].join('\n'),
  )
})

test('a gauge that is cleared tells only what is set after', () => {
  const metrics = createMetrics(FAMILIES)
  metrics.set('networks', ['waiting'], 2)
  metrics.clear('networks')
  metrics.set('networks', ['published'], 1)
  expect(metrics.text()).not.toContain('waiting')
})
