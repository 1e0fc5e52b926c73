import { expect, test } from 'vitest'
import { trialEvidence } from '../evidence.ts'
import { fakeTimeline, fakeTrial } from '../fake-report.ts'
import { timelineEvents, timelineLabel } from './events.ts'

const evidence = trialEvidence(
  fakeTrial({ statusSilenceMs: 38_000 }),
  fakeTimeline({
    steps: [{ atMs: 2000, text: 'multus ADD hangs' }],
    silences: [{ startMs: 8000, endMs: 46_000 }],
    status: [{ observer: 'probe', startMs: 0, latencyMs: 2, outcome: 'ready' }],
    confEvents: [
      { atMs: 500, file: '05-cilium.conflist', sizeBytes: 482 },
      { atMs: 9000, file: '05-cilium.conflist', sizeBytes: null },
    ],
    cniLoads: [{ atMs: 600, status: 'OK', networks: ['cilium'] }],
    execs: [
      {
        startMs: 3000,
        endMs: 3120,
        plugin: 'cilium-cni',
        verb: 'ADD',
        pod: 'pod-1',
        outcome: 'killed',
      },
      { startMs: 3500, endMs: 3501, plugin: 'cilium-cni', verb: 'STATUS', outcome: 'succeeded' },
    ],
    pods: [
      {
        startMs: 2900,
        endMs: 63_000,
        pod: 'pod-1',
        call: 'RunPodSandbox',
        attempt: 1,
        error: 'deadline',
      },
    ],
    runtime: [{ atMs: 10, text: 'started' }],
  }),
)

test('tells the timeline in the order of time', () => {
  const lines = timelineEvents(evidence).map(({ atMs, what, text }) => `${atMs} ${what}: ${text}`)
  expect(lines).toMatchInlineSnapshot(`
    [
      "10 runtime: started",
      "500 conf dir: 05-cilium.conflist, 482 B",
      "600 CNI load: OK; networks: cilium",
      "2000 step 1: multus ADD hangs",
      "2900 pod-1: RunPodSandbox, attempt 1, 60.1 s: deadline",
      "3000 cilium-cni: ADD pod-1, 120 ms: killed",
      "3500 cilium-cni: STATUS, 1.0 ms: succeeded",
      "8000 Status: silent for 38.0 s, until 46.0 s",
      "9000 conf dir: 05-cilium.conflist gone",
    ]
  `)
})

test('says what there is to see', () => {
  expect(timelineLabel(evidence)).toMatchInlineSnapshot(
    `"Timeline of 60.0 s, 0 NotReady conditions, longest Status silence 38.0 s, 1 Status call, 1 step, 2 plugin executions, 1 pod. The events follow as a table"`,
  )
})
