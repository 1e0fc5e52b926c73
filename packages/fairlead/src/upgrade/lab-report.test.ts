import { expect, test } from 'vitest'
import type { LabSummary } from '../lab/report/summary.ts'
import { objectionTo, remedyFor } from './lab-report.ts'
import { type LabGate, specSchema } from './spec.ts'

const DAY_MS = 24 * 3_600_000
const RAN_AT = Date.UTC(2026, 10, 1)

/** A report of two scenarios on 2.1.9, plain and behind the agent, and of one on 2.1.8. */
const SUMMARY: LabSummary = {
  kind: 'fairlead.lab.summary',
  version: 1,
  startedAt: new Date(RAN_AT).toISOString(),
  durationMs: 600_000,
  runtimes: [
    { name: 'containerd@2.1.9', version: '2.1.9' },
    { name: 'containerd@2.1.9, guarded', version: '2.1.9' },
    { name: 'containerd@2.1.8', version: 'v2.1.8' },
  ],
  scenarios: [
    { name: 'dual-cni-boot', stack: 'cilium+multus' },
    { name: 'slow-add-reload', stack: 'cilium+flannel' },
  ],
  cells: [
    cell('containerd@2.1.9', 'dual-cni-boot', 'pass'),
    cell('containerd@2.1.9', 'slow-add-reload', 'stall'),
    cell('containerd@2.1.9, guarded', 'dual-cni-boot', 'pass'),
    cell('containerd@2.1.9, guarded', 'slow-add-reload', 'pass'),
    cell('containerd@2.1.8', 'dual-cni-boot', 'inconclusive'),
  ],
  skipped: [{ runtime: 'containerd@2.1.8', scenario: 'slow-add-reload', reason: 'cannot' }],
}

function cell(
  runtime: string,
  scenario: string,
  word: LabSummary['cells'][number]['verdicts'][number]['word'],
) {
  return { runtime, scenario, verdicts: [{ word, count: 3 }] }
}

function gateOf(gate: Partial<LabGate>): LabGate {
  const { gates } = specSchema.parse({
    target: { version: '2.1.9' },
    gates: [{ name: 'lab', lab: { configMap: 'report' } }],
  })
  const [first] = gates
  if (first?.lab === undefined) throw new Error('there is one')
  return { ...first.lab, ...gate }
}

function objection(gate: Partial<LabGate>, target = 'containerd-2.1.9', afterMs = DAY_MS) {
  const asked = { gate: gateOf(gate), target, wallMs: RAN_AT + afterMs }
  return objectionTo(JSON.stringify(SUMMARY), asked)
}

const GUARDED = { runtime: 'containerd@2.1.9, guarded' }

test('a report that passes on the runtime, the stack and the scenarios that are asked for speaks for the version', () => {
  expect(objection(GUARDED)).toBeUndefined()
  expect(objection({ ...GUARDED, scenarios: ['slow-add-reload'] })).toBeUndefined()
  expect(objection({ stack: 'cilium+multus' })).toBeUndefined()
  expect(objection({ ...GUARDED, version: '2.1.9' }, 'blue')).toBeUndefined()
})

test.each<[string, Partial<LabGate>, string]>([
  ['a scenario that did not pass', {}, 'says stall of slow-add-reload on containerd@2.1.9'],
  ['a scenario that it lacks', { ...GUARDED, scenarios: ['reboot'] }, 'lacks the scenario reboot'],
  [
    'a scenario that ran on another stack',
    { ...GUARDED, scenarios: ['slow-add-reload'], stack: 'cilium+multus' },
    'lacks the scenario slow-add-reload on the stack cilium+multus',
  ],
  ['another stack', { ...GUARDED, stack: 'calico' }, 'has no scenario of the stack calico'],
  [
    'a runtime that it does not have',
    { runtime: 'containerd@debian:forky' },
    'has no runtime containerd@debian:forky, only containerd@2.1.9, containerd@2.1.9, guarded',
  ],
  [
    'trials that say nothing',
    { version: '2.1.8' },
    'says inconclusive of dual-cni-boot on containerd@2.1.8',
  ],
  [
    'a scenario that was skipped, and is asked for by name',
    { version: '2.1.8', scenarios: ['slow-add-reload'] },
    'has not run slow-add-reload on containerd@2.1.8',
  ],
])('%s does not', (_, gate, why) => {
  expect(objection(gate)).toBe(why)
})

test('neither does one of another version, or one that is too old', () => {
  expect(objection({}, '2.2.0')).toMatch(
    /^is about containerd@2.1.9 \(2.1.9\), .*, and not about 2.2.0$/,
  )
  expect(objection(GUARDED, '2.1.9', 31 * DAY_MS)).toBe('is 31 days old, and maxAge is 30 days')
})

test('what is no report is none', () => {
  const asked = { gate: gateOf({}), target: '2.1.9', wallMs: RAN_AT }
  expect(objectionTo(undefined, asked)).toBe('has no summary.json')
  expect(objectionTo('{', asked)).toMatch(/^cannot be read: /)
  const other = JSON.stringify({ ...SUMMARY, kind: 'fairlead.lab.report' })
  expect(objectionTo(other, asked)).toBe('cannot be read: is no summary of a Fairlead lab report')
})

test('the commands make what the gate asks for', () => {
  const gate = gateOf({ ...GUARDED, scenarios: ['dual-cni-boot'] })
  expect(remedyFor({ gate, target: '2.1.9' }, 'fairlead')).toBe(
    '`fairlead lab run --runtime containerd@2.1.9 --guard --scenario dual-cni-boot --report lab`, then ' +
      '`kubectl -n fairlead create configmap report --from-file=lab/summary.json --dry-run=client -o yaml | ' +
      'kubectl apply -f -`',
  )
  const upgraded = gateOf({ runtime: 'containerd@1.7.24, upgraded to containerd@2.1.9' })
  expect(remedyFor({ gate: upgraded, target: '2.1.9' }, 'x')).toMatch(
    /^`fairlead lab run --runtime containerd@1.7.24 --upgrade-to containerd@2.1.9 --report lab`/,
  )
  expect(remedyFor({ gate: gateOf({}), target: 'containerd-2.1.9' }, 'x')).toMatch(
    /^`fairlead lab run --runtime containerd@2.1.9 --report lab`/,
  )
})
