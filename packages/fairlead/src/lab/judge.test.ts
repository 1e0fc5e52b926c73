import { expect, test } from 'vitest'
import { type Finding, judge } from './judge.ts'
import { scenarioSchema } from './scenario.ts'
import type { TraceEvent } from './trace.ts'

const DURING = { startMs: 10_000, endMs: 20_000 }

function expectations(expect: object = {}) {
  const rest = { name: 'a', title: '', why: '', stack: 's', steps: [], steady: 0 }
  return scenarioSchema.parse({ ...rest, expect }).expect
}

/** A trial of 60 s whose clocks were late as said, each second from 10 to 20 s. */
function late(maxMs: number, sumMs = maxMs): TraceEvent[] {
  const seconds = Array.from({ length: 10 }, (_, index) => 10_000 + index * 1000)
  return [
    ...seconds.map((startedAtMs): TraceEvent => ({
      type: 'lateness',
      startedAtMs,
      atMs: startedAtMs + 1000,
      maxMs,
      sumMs,
    })),
    { type: 'end', atMs: 60_000, reason: 'completed' },
  ]
}

function stall(excessMs: number): Finding {
  const timed = { excessMs, during: DURING, made: 'gap' } as const
  return { word: 'stall', reason: 'Status was silent.', atMs: 10_000, timed }
}

test('nothing found on a machine that keeps time is a pass', () => {
  expect(judge([], late(20), expectations())).toEqual({
    word: 'pass',
    reasons: [],
    latenessMs: 20,
  })
})

test('a finding larger than the lateness stands, with its moment', () => {
  expect(judge([stall(900)], late(800), expectations({ statusSilenceAtMost: '5s' }))).toEqual({
    word: 'stall',
    reasons: ['Status was silent.'],
    failedAtMs: 10_000,
    latenessMs: 800,
  })
})

test('a finding not larger than the lateness is inconclusive, and says why', () => {
  expect(judge([stall(800)], late(800), expectations({ statusSilenceAtMost: '5s' }))).toEqual({
    word: 'inconclusive',
    reasons: [
      "Status was silent. But the lab's own clocks were late by 0.8 s at once meanwhile, " +
        'which is as much as was too much.',
    ],
    latenessMs: 800,
  })
})

test('lateness at another time does not excuse a silence', () => {
  const finding = stall(800)
  const timed = { excessMs: 800, made: 'gap', during: { startMs: 30_000, endMs: 40_000 } } as const
  expect(judge([{ ...finding, timed }], late(900), expectations()).word).toBe('stall')
})

test('a silence of 40 s stays a stall on a machine that is seconds late', () => {
  expect(judge([stall(35_000)], late(4000), expectations({ statusSilenceAtMost: '5s' })).word).toBe(
    'stall',
  )
})

test('for what takes many steps the lateness of each counts', () => {
  const timed = { excessMs: 900, during: DURING, made: 'chain' } as const
  const finding: Finding = { word: 'flap', reason: 'Ready late.', timed }
  expect(judge([finding], late(20, 80), expectations()).word).toBe('flap')
  expect(judge([finding], late(20, 100), expectations()).word).toBe('inconclusive')
})

test('what the runtime itself said or did stands, however slow the machine', () => {
  const found: Finding[] = [stall(1000), { word: 'leak', reason: 'No DEL ran.' }]
  const verdict = judge(found, late(20_000), expectations())
  expect(verdict).toMatchObject({ word: 'leak' })
  expect(verdict.reasons[0]).toBe('No DEL ran.')
  expect(verdict.reasons[1]).toContain('Status was silent. But ')
})

test.each<Finding[]>([[], [{ word: 'error', reason: 'A step waited in vain.', isOutcome: true }]])(
  'a trial late by more than half of the shortest time judged by is no pass and no error',
  (...found) => {
    const expect1s = expectations({ statusSilenceAtMost: '1s' })
    const word = found[0]?.word ?? 'pass'
    expect(judge(found, late(500), expect1s).word).toBe(word)
    const slow = judge(found, late(501), expect1s)
    expect(slow.word).toBe('inconclusive')
    expect(slow.reasons.join(' ')).toContain(
      'late by 0.5 s at once, more than half of the 1.0 s that the scenario judges by',
    )
  },
)
