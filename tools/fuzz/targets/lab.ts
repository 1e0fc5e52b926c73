import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { traceFacts } from '../../../packages/fairlead/src/doctor/trials/trace-facts.ts'
import { diagnose } from '../../../packages/fairlead/src/doctor/diagnose.ts'
import { newCoverage } from '../../../packages/fairlead/src/doctor/sources/source.ts'
import { junitXml } from '../../../packages/fairlead/src/lab/report/junit.ts'
import { markdownSummary } from '../../../packages/fairlead/src/lab/report/markdown.ts'
import { compareReports } from '../../../packages/fairlead/src/lab/report/compare.ts'
import { mergeReports } from '../../../packages/fairlead/src/lab/report/merge.ts'
import { readReport } from '../../../packages/fairlead/src/lab/report/read.ts'
import { readReport as readInPage } from '../../../packages/fairlead/src/lab/report/ui/read-report.ts'
import { fakeReport, fakeTrial } from '../../../packages/fairlead/src/lab/report/ui/fake-report.ts'
import { timelineOf } from '../../../packages/fairlead/src/lab/report/timeline.ts'
import { loadScenarios, loadStack } from '../../../packages/fairlead/src/lab/scenario-files.ts'
import { summaryOf } from '../../../packages/fairlead/src/lab/report/summary.ts'
import { readTraceFile } from '../../../packages/fairlead/src/lab/trace-file.ts'
import { readVerdict } from '../../../packages/fairlead/src/lab/verdict.ts'
import { scenarioSchema } from '../../../packages/fairlead/src/lab/scenario.ts'
import { objectionTo } from '../../../packages/fairlead/src/upgrade/lab-report.ts'
import { specSchema } from '../../../packages/fairlead/src/upgrade/spec.ts'
import { scratchDir, scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, json, text, unlessRefused, yaml } from '../target.ts'

const DIR = fileURLToPath(new URL('../../../scenarios/', import.meta.url))
const shipped = (name: string) => yaml(readFileSync(path.join(DIR, name), 'utf8'))
const { signal } = new AbortController()

const condition = { status: true, reason: 'r', message: 'm' }
const answered = { kind: 'answered', runtimeReady: condition, networkReady: condition }
const EVENTS: readonly object[] = [
  {
    type: 'trial',
    traceVersion: 1,
    atMs: 0,
    startedAt: '2025-11-25T04:00:21Z',
    scenario: scenarioSchema.parse({
      name: 'a',
      title: 't',
      why: 'w',
      stack: 's',
      steps: [],
      steady: 0,
      expect: {},
    }),
    runtime: { name: 'containerd@2.0.1', version: '2.0.1' },
    trial: 1,
  },
  { type: 'runtime', atMs: 1, phase: 'started' },
  { type: 'runtime', atMs: 2, phase: 'serving' },
  { type: 'step', atMs: 3, phase: 'begin', index: 0, id: 'x', text: 'wait' },
  { type: 'status', atMs: 9, startedAtMs: 4, observer: 'kubelet', outcome: answered },
  {
    type: 'status',
    atMs: 40_000,
    startedAtMs: 10,
    observer: 'probe',
    outcome: { kind: 'unanswered' },
  },
  { type: 'list', atMs: 30, startedAtMs: 20, ok: true },
  { type: 'cni-load', atMs: 31, lastCniLoadStatus: 'cni config load failed', networks: ['a'] },
  { type: 'conf', atMs: 32, file: '10-a.conf', sizeBytes: null },
  {
    type: 'exec',
    atMs: 33,
    phase: 'begin',
    id: 1,
    plugin: 'p',
    verb: 'ADD',
    containerId: 'c',
    ifName: 'eth0',
    pod: 'x',
  },
  {
    type: 'exec',
    atMs: 20_000,
    phase: 'end',
    id: 1,
    plugin: 'p',
    verb: 'ADD',
    containerId: 'c',
    ifName: 'eth0',
    outcome: 'o',
  },
  { type: 'pod', atMs: 34, phase: 'end', call: 'RunPodSandbox', pod: 'x', attempt: 1, error: 'e' },
  { type: 'look', atMs: 35, probe: 'conf-dir-not-watched', text: 't' },
  { type: 'lateness', atMs: 36, startedAtMs: 35, maxMs: 1, sumMs: 1 },
  { type: 'end', atMs: 40_001, reason: 'completed' },
]
const TRACE = EVENTS.map((event) => `${JSON.stringify(event)}\n`).join('')

/** A trace, to the end of all that is made of it: verdict, timeline, and what the doctor says. */
async function feedTrace(input: Buffer): Promise<boolean> {
  const file = scratchFile('trace.jsonl', input)
  const trace = await unlessRefused(['FL_TRACE_INVALID'], () => readTraceFile(file))
  if (trace === undefined) return false
  const verdict = readVerdict(trace)
  timelineOf(trace)
  const facts = traceFacts(trace, verdict, { source: 'x', node: 'y' })
  const source = {
    coverage: newCoverage('x', 'lab-report'),
    facts: async function* () {
      yield* facts
    },
  }
  await diagnose({ sources: [source], advisories: [], language: 'en', signal })
  return true
}

async function feedReport(input: Buffer): Promise<boolean> {
  readInPage(input.toString())
  const file = scratchFile('report.json', input)
  const read = await unlessRefused(['FL_REPORT_INVALID'], () => readReport(file))
  if (read === undefined) return false
  const other = { name: 'other', dir: scratchDir(), report: REPORT }
  await unlessRefused(['FL_REPORTS_DIFFER'], () => mergeReports([read, other]))
  compareReports(read.report, REPORT)
  junitXml(read.report)
  markdownSummary(read.report)
  return true
}

const REPORT = fakeReport([fakeTrial(), fakeTrial({ runtime: 'r2', word: 'wedge', trial: 2 })])

export function labTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'lab-scenario',
      reads: 'scenarios',
      covers: ['packages/fairlead/src/lab/scenario-files.ts', 'packages/fairlead/src/duration.ts'],
      samples: [shipped('slow-add-reload.yaml'), text(readFileSync(`${DIR}slow-add-reload.yaml`))],
      cost: 16,
      feed: async (input) => {
        const file = scratchFile('scenario.yaml', input)
        const codes = ['FL_SCENARIO_INVALID', 'FL_SCENARIO_UNKNOWN'] as const
        return (await unlessRefused(codes, () => loadScenarios([file]))) !== undefined
      },
    },
    {
      name: 'lab-stack',
      reads: 'stacks',
      covers: ['packages/fairlead/src/lab/stack.ts'],
      samples: [shipped('stacks/cilium+multus.yaml')],
      cost: 16,
      feed: async (input) => {
        mkdirSync(path.join(scratchDir(), 'stacks'), { recursive: true })
        scratchFile('stacks/mine.yaml', input)
        const codes = ['FL_SCENARIO_INVALID', 'FL_SCENARIO_UNKNOWN'] as const
        return (await unlessRefused(codes, () => loadStack('mine', scratchDir()))) !== undefined
      },
    },
    {
      name: 'lab-trace',
      reads: 'traces of trials, whoever ran them',
      covers: ['packages/fairlead/src/lab/trace-file.ts'],
      samples: [
        text(TRACE),
        ...EVENTS.map((event) => text(`${TRACE.split('\n')[0]}\n${JSON.stringify(event)}\n`)),
        jsonLines(EVENTS),
      ],
      cost: 8,
      feed: feedTrace,
    },
    {
      name: 'lab-report',
      reads: 'reports of the lab, whoever ran it: for merge, compare, the doctor and the page',
      covers: [
        'packages/fairlead/src/lab/report/read.ts',
        'packages/fairlead/src/lab/report/ui/read-report.ts',
      ],
      samples: [json(REPORT)],
      cost: 4,
      feed: feedReport,
    },
    {
      name: 'lab-summary',
      reads: 'the summary of a report in a ConfigMap, which an upgrade asks for',
      covers: ['packages/fairlead/src/upgrade/lab-report.ts'],
      samples: [json(summaryOf(REPORT))],
      feed: feedSummary,
    },
  ]
}

const [LAB] = specSchema.parse({
  target: { version: '2.0.1' },
  gates: [{ name: 'lab', lab: { configMap: 'lab' } }],
}).gates

/** Whatever it says, it comes to an objection or to none, and a broken one speaks for nothing. */
function feedSummary(input: Buffer): boolean {
  if (LAB?.lab === undefined) throw new Error('there is no gate')
  const asked = { gate: LAB.lab, target: '2.0.1', wallMs: Date.UTC(2026, 0, 1) }
  const objection = objectionTo(input.toString(), asked)
  demand(objection !== '', 'an objection without a text')
  return objection === undefined || !objection.startsWith('cannot be read')
}

/** Values as lines of JSON. */
function jsonLines(values: readonly object[]) {
  const write = (value: unknown) =>
    (Array.isArray(value) ? value : [value]).map((each) => `${JSON.stringify(each)}\n`).join('')
  return { bytes: Buffer.from(write(values)), structure: { value: values, write } }
}
