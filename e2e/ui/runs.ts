import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fakeReport, fakeTrial } from '../../packages/fairlead/src/lab/report/ui/fake-report.ts'
import { fakeScenario } from '../../tests/fake-scenario.ts'

/** A run of which the trace of one trial is there, and one whose report is none. */
export async function writeRuns(dir: string): Promise<void> {
  const wedge = fakeTrial({ word: 'wedge', statusSilenceMs: 48_000 })
  const trials = [wedge, fakeTrial({ runtime: 'r2', word: 'stall' }), fakeTrial({ scenario: 's2' })]
  const trace = [
    {
      type: 'trial',
      traceVersion: 1,
      atMs: 0,
      startedAt: '2026-08-02T14:05:00.000Z',
      scenario: fakeScenario({}),
      runtime: { name: 'r1', version: '1' },
      trial: 1,
    },
    { type: 'step', atMs: 12_000, phase: 'begin', index: 0, text: 'the kubeconfig comes' },
    { type: 'end', atMs: 62_000, reason: 'completed' },
  ]
  await mkdir(path.join(dir, 'run', 'traces'), { recursive: true })
  await writeFile(path.join(dir, 'run', 'report.json'), JSON.stringify(fakeReport(trials)))
  const lines = trace.map((event) => `${JSON.stringify(event)}\n`).join('')
  await writeFile(path.join(dir, 'run', wedge.files.trace), lines)
  await mkdir(path.join(dir, 'broken'))
  await writeFile(path.join(dir, 'broken', 'report.json'), '{"kind":"other"}')
}
