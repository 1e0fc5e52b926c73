import { expect, test } from 'vitest'
import { junitXml } from './junit.ts'
import { markdownSummary } from './markdown.ts'
import { fakeReport, fakeTrial, fakeTrials } from './ui/fake-report.ts'

const NASTY = 'a <b> & "c" \u0000\u001B[31m | `d` ]]> é \uD800 😀'
const REPORT = fakeReport([
  ...fakeTrials('r1', 's1', 'pass', 'pass'),
  ...fakeTrials('r1', 's2', 'pass', 'inconclusive'),
  fakeTrial({ runtime: 'r2', word: 'stall', verdict: { reasons: [NASTY] } }),
  fakeTrial({ runtime: 'r2', scenario: 's2', word: 'error' }),
])

test('JUnit XML has a suite a runtime and a case a scenario, escaped', () => {
  expect(junitXml(REPORT)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="fairlead lab">
      <testsuite name="r1 (1)" tests="2" failures="0" errors="0" skipped="1">
        <testcase classname="r1" name="s1" time="120.0"/>
        <testcase classname="r1" name="s2" time="120.0">
          <skipped message="inconclusive 1/2, pass 1/2; passes 100 % (21-100)">r1.s2.2: inconclusive
    Again: fairlead lab run --runtime r1 --scenario s2 --seed 7</skipped>
        </testcase>
      </testsuite>
      <testsuite name="r2 (1)" tests="2" failures="1" errors="1" skipped="0">
        <testcase classname="r2" name="s1" time="60.0">
          <failure message="stall; passes 0 % (0-79)">r2.s1.1: stall
    a &lt;b&gt; &amp; &quot;c&quot; ��[31m | \`d\` ]]&gt; é � 😀
    Again: fairlead lab run --runtime r2 --scenario s1 --seed 7</failure>
        </testcase>
        <testcase classname="r2" name="s2" time="60.0">
          <error message="error">r2.s2.1: error
    Again: fairlead lab run --runtime r2 --scenario s2 --seed 7</error>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `)
})

test('Markdown has the matrix and what failed, and no text of a runtime is taken for markup', () => {
  expect(markdownSummary(REPORT)).toMatchInlineSnapshot(`
    "### Fairlead lab: 3 of 6 trials pass

    | scenario | \`r1\` 1 | \`r2\` 1 |
    | --- | --- | --- |
    | \`s1\` | pass 2/2 | **stall** |
    | \`s2\` | inconclusive 1/2, pass 1/2 | **error** |

    - \`s1\` on \`r2\`: stall, passes 0 % (0-79)
      - a &lt;b> &amp; "c" ��\\[31m \\| \\\`d\\\` \\]\\]> é � 😀
      - again: \`fairlead lab run --runtime r2 --scenario s1 --seed 7\`

    - \`s2\` on \`r1\`: inconclusive 1/2, pass 1/2, passes 100 % (21-100)
      - again: \`fairlead lab run --runtime r1 --scenario s2 --seed 7\`

    - \`s2\` on \`r2\`: error
      - again: \`fairlead lab run --runtime r2 --scenario s2 --seed 7\`

    Seed 7; intervals at 95 %; Debian 12, Linux 6.1.0, x64.
    "
  `)
})

test('Markdown tells at most twenty failing cells and counts the rest', () => {
  const names = Array.from({ length: 30 }, (_, index) => `s${index}`)
  const trials = names.map((scenario) => fakeTrial({ scenario, word: 'flap' }))
  const [first] = fakeReport([]).scenarios
  if (first === undefined) throw new Error('no scenario')
  const report = fakeReport(trials, {
    scenarios: names.map((name) => ({ ...first, name })),
  })
  expect(markdownSummary(report)).toContain('And 10 more; all are in report.html.')
})

test('what was skipped has a line of its own, with its reason', () => {
  const skipped = [{ runtime: 'r1', scenario: 's2', reason: 'it needs <more>' }]
  const report = fakeReport(fakeTrials('r1', 's1', 'pass'), { skipped })
  expect(junitXml(report)).toContain(
    '<testsuite name="r1 (1)" tests="2" failures="0" errors="0" skipped="1">',
  )
  expect(junitXml(report)).toContain('<skipped message="it needs &lt;more&gt;"/>')
  expect(markdownSummary(report)).toContain('| `s2` | skipped | not run |')
  expect(markdownSummary(report)).toContain('- `s2` on `r1`: skipped: it needs &lt;more>')
})
