import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type AgentReport, writeAgentReport } from '../agent-report.ts'
import { watchRepairs } from './repairs.ts'
import type { TraceEvent } from './trace.ts'

const NONE: AgentReport = {
  kind: 'fairlead.dev/agent-status',
  version: 1,
  at: '2026-11-29T14:00:00.000Z',
  runtime: { state: 'ready', text: 'The runtime has been Ready for 1 s.' },
  published: [],
  waiting: [],
  quarantined: [],
  repairs: [],
  latePods: [],
}

test('what an agent says that it has repaired is told once each, whatever becomes of the agent', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-repairs-'))
  const file = path.join(dir, 'status.json')
  const first = { at: '2026-11-29T14:00:30.000Z', why: 'behind a plugin that hangs' }
  const second = { at: '2026-11-29T14:01:30.000Z', why: 'behind another' }
  const looks: (() => Promise<void>)[] = [
    () => writeAgentReport(file, NONE),
    () => writeAgentReport(file, { ...NONE, repairs: [first] }),
    async () => {},
    () => rm(file),
    () => writeAgentReport(file, { ...NONE, repairs: [first, second] }),
  ]
  const events: TraceEvent[] = []
  const end = new AbortController()
  let nowMs = 0
  await watchRepairs({
    node: { outside: () => file },
    clock: {
      now: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
        const look = looks.shift()
        if (look === undefined) end.abort()
        await look?.()
      },
    },
    sink: { write: (event) => events.push(event) },
    atMs: () => nowMs,
    signal: end.signal,
  })
  expect(events).toEqual([
    { type: 'repair', atMs: 1000, why: first.why },
    { type: 'repair', atMs: 2500, why: second.why },
  ])
  await rm(dir, { recursive: true })
})
