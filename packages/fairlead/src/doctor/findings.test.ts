import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ADVISORY } from '../advisories/advisory-fixture.ts'
import { type Advisory, advisorySchema } from '../advisories/advisory.ts'
import type { Fact } from './fact.ts'
import type { Finding } from './finding.ts'
import { findingsOf } from './findings.ts'

const observed = { node: 'n1', atMs: 1, place: { source: 'a.log' } }
const line = (text: string): Fact => ({ kind: 'line', ...observed, from: 'kubelet-log', text })
const ready = (status: 'True' | 'False', message = ''): Fact => ({
  kind: 'condition',
  ...observed,
  type: 'Ready',
  status,
  reason: 'R',
  message,
})

type Symptom = Advisory['symptoms'][number]
const advisory = (
  id: string,
  symptoms: Readonly<Record<string, Symptom['specificity']>>,
  more: Partial<Advisory> = {},
): Advisory => ({
  ...advisorySchema.parse(parse(ADVISORY)),
  id,
  symptoms: Object.entries(symptoms).map(([text, specificity]) => ({
    source: 'kubelet-log',
    text,
    specificity,
  })),
  ...more,
})

const RUNS = new Map([['containerd', '2.0.1']] as const)
const told = (findings: readonly Finding[]) =>
  findings.map(({ advisory: { id }, sure, score }) => `${id} ${sure} ${score}`)

test('the version that runs adds to what was seen, or rules a cause out', () => {
  const mine = advisory('mine', { 'it hangs': 'strong' })
  const causes = (version?: string) =>
    told(
      findingsOf(
        [line('it hangs')],
        version === undefined ? new Map() : new Map([['containerd', version]]),
        [mine],
      ).causes,
    )
  expect(causes('2.0.1')).toEqual(['mine likely 50'])
  expect(causes('2.0.3')).toEqual([])
})

test('one sign that few causes have is told of, also where no version is known; that of a known version more so', () => {
  const { causes } = findingsOf([line('it hangs')], new Map(), [
    advisory('mine', { 'it hangs': 'strong' }),
  ])
  expect(told(causes)).toEqual(['mine possible 25'])
  expect(causes[0]?.reasons.at(-1)).toMatchObject({
    points: -5,
    why: { exposure: { is: 'unknown' } },
  })
})

test('what is certain leaves out what may be, too', () => {
  const facts = [line('it hangs'), line('only here')]
  const { causes } = findingsOf(facts, RUNS, [
    advisory('mine', { 'only here': 'decisive' }),
    advisory(
      'other',
      { 'it hangs': 'strong' },
      { affected: [{ component: 'cilium', ranges: [], versions: [], patched: [], only: [] }] },
    ),
  ])
  expect(told(causes)).toEqual(['mine certain 120'])
})

test('where a node is not Ready and nothing says enough, what fits best is possible, the likeliest first', () => {
  const everywhere = {
    affected: [{ component: 'containerd', ranges: [], versions: [], patched: [], only: [] }],
  } as const satisfies Pick<Advisory, 'affected'>
  const all = [
    advisory(
      'any',
      { 'it is down': 'weak' },
      { ...everywhere, affected: [...everywhere.affected], severity: 'low' },
    ),
    advisory('mine', { 'it is down': 'weak' }),
    advisory('other', { 'something else': 'weak' }),
    advisory(
      'worse',
      { 'it is down': 'weak' },
      { affected: [...everywhere.affected], severity: 'critical' },
    ),
    ...Array.from({ length: 9 }, (_, index) =>
      advisory(
        `more-${index}`,
        { 'it is down': 'weak' },
        { affected: [...everywhere.affected], severity: 'low' },
      ),
    ),
  ]
  const { causes } = findingsOf([ready('False', 'it is down')], RUNS, all)
  expect(told(causes).slice(0, 3)).toEqual([
    'mine possible 28',
    'worse possible 8',
    'any possible 8',
  ])
  expect(causes).toHaveLength(5)
  expect(findingsOf([line('it is down')], RUNS, all).causes).toEqual([])
})

test('what is there on a node that is Ready all the time is told apart from causes', () => {
  const mine = advisory('mine', { 'it hangs': 'strong' })
  const { causes, withoutEffect } = findingsOf([line('it hangs'), ready('True')], RUNS, [mine])
  expect(told(causes)).toEqual([])
  expect(told(withoutEffect)).toEqual(['mine likely 50'])
})
