import { expect, test } from 'vitest'
import { systemClock } from '../ports.ts'
import { BOOT_DEFAULTS } from './boot-options.ts'
import { explore, replayRun } from './explore.ts'
import { page } from './page.ts'
import { parseReplay } from './replay-string.ts'

test('the page draws every story and asks nobody for anything', async () => {
  const html = page(
    await explore({
      subjects: ['go-cni@1.1.11', 'go-cni@1.1.12'],
      search: { strategy: 'exhaustive', preemptions: 1, runs: 10_000 },
      boot: BOOT_DEFAULTS,
      clock: systemClock,
      signal: new AbortController().signal,
    }),
  )
  expect(html).toContain('<h1>2 faults were found</h1>')
  expect(html.match(/<svg viewBox/g)).toHaveLength(2)
  expect(html).toContain('id="go-cni@1.1.11-deadlock"')
  expect(html).toContain('fairlead explore --replay x1:go-cni@1.1.12::')
  expect(html).not.toMatch(/https?:|<script|url\(/)
  expect(html).not.toContain('NaN')
})

test('a replayed run that is well is drawn too', async () => {
  const html = page(await replayRun(parseReplay('x1:go-cni@1.1.10::0')))
  expect(html).toContain('<h1>go-cni@1.1.10: no fault</h1>')
})
