import { expect, test } from 'vitest'
import type { AgentState } from './report.ts'
import { createTelling, type Telling } from './telling.ts'

const READY: AgentState = {
  runtime: { state: 'ready', text: 'The runtime has been Ready for 3 s.' },
  published: ['05-cilium.conflist'],
  waiting: [],
  quarantined: [],
  repairs: [],
  latePods: [],
}

/** What an agent in that state answers, after what happened before. */
function asked(
  state: AgentState,
  before: (telling: Telling, passes: (ms: number) => void) => void = () => {},
) {
  let nowMs = 0
  const clock = { now: () => nowMs, sleep: async () => {} }
  const telling = createTelling({ http: {} }, { env: {}, clock })
  before(telling, (ms) => {
    nowMs += ms
  })
  return telling.answers(() => state)
}

test('every event is counted, and every metric is told with a state', () => {
  const { metrics } = asked(READY, (telling) => {
    telling.saw({ type: 'published', change: 'cilium comes', files: [] })
    telling.saw({ type: 'runtime', state: { kind: 'ready', sinceMs: 0 }, text: '' })
    const repair = { kind: 'report', why: 'a dry run' } as const
    telling.saw({ type: 'repair', repair, evidence: '/e', problems: [] })
    telling.saw({ type: 'failed', what: 'publishing', reason: 'EIO' })
  })
  const text = metrics()
  expect(text).toContain('fairlead_agent_publications_total{result="published"} 1\n')
  expect(text).toContain('fairlead_agent_publications_total{result="withdrawn"} 0\n')
  expect(text).toContain('fairlead_agent_repairs_total{kind="report"} 1\n')
  expect(text).toContain('fairlead_agent_failures_total{part="publishing"} 1\n')
  expect(text).toContain('fairlead_agent_runtime_state{state="ready"} 1\n')
  expect(text).toContain('fairlead_agent_runtime_state{state="stalled"} 0\n')
  expect(text).toContain('fairlead_agent_networks{state="published"} 1\n')
})

test('an agent is ready where the runtime is, and nothing is withdrawn', () => {
  const waits = { network: 'multus', reason: 'cilium comes first' }
  const waiting = asked({ ...READY, waiting: [waits] })
  expect([...waiting.readyz().values()]).toEqual([undefined, undefined])
  const runtime = { state: 'stalled', text: 'Status has been silent for 3 s' } as const
  expect(asked({ ...READY, runtime }).readyz()).toEqual(
    new Map([['runtime', 'Status has been silent for 3 s']]),
  )
  const quarantined = [{ file: '10-b.conflist', reason: 'NotReady' }]
  expect(
    asked({ ...READY, quarantined })
      .readyz()
      .get('10-b.conflist'),
  ).toBe('withdrawn: NotReady')
})

test('an agent is healthy while each of its loops goes on', () => {
  const { healthz } = asked(READY, (telling, passes) => {
    passes(100_000)
    telling.goesOn('watching')
    telling.goesOn('reporting')
    passes(30_000)
  })
  expect(healthz()).toEqual(
    new Map([
      ['publishing', 'has not gone on for 130 s'],
      ['watching', undefined],
      ['reporting', undefined],
    ]),
  )
})
