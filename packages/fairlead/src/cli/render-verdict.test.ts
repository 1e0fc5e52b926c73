import { expect, test } from 'vitest'
import type { Report, TrialReport, Verdict } from '../lab/report/report.ts'
import { fakeReport, fakeTrial } from '../lab/report/ui/fake-report.ts'
import { systemClock } from '../ports.ts'
import type { CliContext } from './context.ts'
import { kubeletView, reportTable } from './render-verdict.ts'

function context(isTTY: boolean, env: NodeJS.ProcessEnv = {}): CliContext {
  const stream = { isTTY, write: () => {} }
  return {
    process: { stdout: stream, stderr: stream, env },
    clock: systemClock,
    signal: new AbortController().signal,
  }
}

const READY = {
  status: 'True',
  reason: 'KubeletReady',
  message: 'kubelet is posting ready status',
} as const
const DOWN = {
  status: 'False',
  reason: 'KubeletNotReady',
  message: 'container runtime is down',
} as const
const PASS: Verdict = {
  word: 'pass',
  reasons: [],
  latenessMs: 0,
  statusAnswered: true,
  statusSilenceMs: 0,
  ready: [{ atMs: 400, ...READY }],
}
const STALL: Verdict = {
  word: 'stall',
  reasons: ['Status was silent for 42.0 s.'],
  latenessMs: 0,
  statusAnswered: true,
  statusSilenceMs: 42_000,
  ready: [
    { atMs: 400, ...READY },
    { atMs: 40_400, ...DOWN },
    { atMs: 50_400, ...READY },
  ],
}

function trial(runtime: string, number: number, verdict: Verdict): TrialReport {
  return fakeTrial({ runtime, scenario: 's', trial: number, verdict })
}

function report(trials: readonly TrialReport[]): Report {
  const { runtimes, scenarios } = fakeReport([])
  return fakeReport(trials, {
    runtimes: runtimes.map((row, index) => ({ ...row, name: index === 0 ? 'a' : 'b' })),
    scenarios: scenarios.slice(0, 1).map((scenario) => ({ ...scenario, name: 's' })),
  })
}

test('a matrix is a table, with the reasons of what did not pass below it', () => {
  const text = reportTable(report([trial('a', 1, PASS), trial('b', 1, STALL)]), context(false))
  expect(text).toMatchInlineSnapshot(`
    "RUNTIME  SCENARIO  VERDICT  STATUS SILENT  KUBELET WOULD HAVE REPORTED
    a (1)    s         pass     -              Ready 0.4 s
    b (1)    s         stall    42.0 s         Ready 0.4 s, NotReady 40.4 s (container runtime is down), Ready 50.4 s

    b.s.1
      Status was silent for 42.0 s.
      Again: fairlead lab run --runtime b --scenario s --seed 7
    "
  `)
})

test('what an agent had to repair is told, too, where the trial passed', () => {
  const repairs = ['The agent repaired at 21.0 s: Status has been silent for 13 s.']
  const text = reportTable(
    report([trial('a', 1, { ...PASS, statusSilenceMs: 15_000, repairs })]),
    context(false),
  )
  expect(text).toMatchInlineSnapshot(`
    "RUNTIME  SCENARIO  VERDICT  STATUS SILENT  KUBELET WOULD HAVE REPORTED
    a (1)    s         pass     15.0 s         Ready 0.4 s

    a.s.1
      The agent repaired at 21.0 s: Status has been silent for 13 s.
    "
  `)
})

test('several trials of one cell are counted by their verdicts', () => {
  const trials = [trial('a', 1, STALL), trial('a', 2, PASS), trial('a', 3, STALL)]
  expect(reportTable(report(trials), context(false))).toMatch(/stall 2\/3 pass 1\/3 +33 % \(6-79\)/)
})

test('a terminal gets colours, unless NO_COLOR is set', () => {
  const trials = report([trial('a', 1, PASS)])
  expect(reportTable(trials, context(true))).toContain('\u001B[32mpass\u001B[39m')
  expect(reportTable(trials, context(true, { NO_COLOR: '1' }))).not.toContain('\u001B')
})

test('a node that was never Ready is told so, with why', () => {
  expect(kubeletView([{ atMs: 0, ...DOWN }])).toBe('never Ready (container runtime is down)')
  expect(kubeletView([])).toBe('never Ready (no Status answered)')
})
