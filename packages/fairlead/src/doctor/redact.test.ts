import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { redacted } from './redact.ts'

/** What is left of a text of a report. */
function hidden(text: string): string | undefined {
  const source = {
    name: 'x',
    layout: 'file',
    files: 1,
    bytes: 1,
    problems: [{ source: '', what: text }],
  }
  const report = { kind: 'fairlead.doctor', version: 1, language: 'en', advisories: 0 } as const
  return redacted({ ...report, sources: [source], nodes: [] }).sources[0]?.problems[0]?.what
}

test.each([
  ['at fe80::1:2 now', 'at ip-1 now'],
  ['[2001:db8::1]:6443', '[ip-1]:6443'],
  ['at 04:00:21 now', 'at 04:00:21 now'],
  ['a::b is a name', 'ip-1 is a name'],
  ['std::string', 'std::string'],
])('%s becomes %s', (text, expected) => {
  expect(hidden(text)).toBe(expected)
})

test.each([':'.repeat(2040), `${':'.repeat(2040)}g`, `${'a:'.repeat(1000)}g`])(
  'two thousand characters that are nearly an address are read at once',
  (text) => {
    const beganMs = performance.now()
    expect(hidden(text)).toBe(text)
    expect(performance.now() - beganMs).toBeLessThan(1000)
  },
)
