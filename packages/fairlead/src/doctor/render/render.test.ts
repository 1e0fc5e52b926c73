import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { redacted } from '../redact.ts'
import type { DoctorReport } from '../report.ts'
import { doctorReportSchema } from '../report.ts'
import { doctorHtml } from './html.ts'
import { doctorMarkdown } from './markdown.ts'
import { doctorSarif } from './sarif.ts'

const EVIL = '<img src=x onerror=alert(1)> [a](javascript:x) ```'
const PLACE = { source: 'n1.example.com/kubelet.log', line: 7, at: '2026-11-25T04:00:21.000Z' }
const SAID =
  'E1125 pod="shop/cart-5d9c" on 10.0.0.7 (fe80::1) node="n1.example.com" at 04:00:21 uid ' +
  '0f1e2d3c-0000-1111-2222-333344445555 cart-5d9c again'

const REPORT: DoctorReport = doctorReportSchema.parse({
  kind: 'fairlead.doctor',
  version: 1,
  language: 'en',
  advisories: 89,
  sources: [
    {
      name: '/home/kim/n1.zip',
      layout: 'file',
      files: 1,
      bytes: 10,
      problems: [{ source: 'x', what: EVIL }],
    },
  ],
  nodes: [
    {
      node: 'n1.example.com',
      versions: [{ component: 'containerd', version: '2.0.1', ...PLACE }],
      conditions: [],
      findings: [
        {
          advisory: 'mine',
          title: EVIL,
          severity: 'high',
          sure: 'likely',
          score: 50,
          why: [{ points: 50, text: EVIL }],
          cause: EVIL,
          evidence: [
            {
              ...PLACE,
              weight: 'strong',
              known: 'it hangs',
              from: 'kubelet-log',
              text: SAID,
              alike: 2,
            },
          ],
          contradicting: [],
          confirm: ['look at `crictl info`'],
          remedies: [
            { kind: 'fix', text: EVIL, commands: ['x'], harm: 'none', automation: 'safe' },
          ],
          citations: ['javascript:alert(1)', 'https://example.com/1'],
        },
      ],
      withoutEffect: [],
      timeline: [
        { ...PLACE, kind: 'line', from: 'kubelet-log', text: EVIL, findings: [] },
        {
          ...PLACE,
          at: '2026-11-25T04:01:21.000Z',
          kind: 'line',
          from: 'x',
          text: SAID,
          findings: ['mine'],
        },
      ],
      notSeen: [{ what: 'a log', how: 'get it' }],
    },
  ],
})

test('the page holds what the report says, and nothing of it is markup or a link of another kind', () => {
  const html = doctorHtml(REPORT)
  expect(html).not.toContain('<img')
  expect(html).not.toContain('href="javascript:')
  expect(html).toContain('&lt;img src=x')
  expect(html).toContain('<code>crictl info</code>')
  expect(html).toContain("default-src 'none'")
  expect(html).toContain('left:100.00%')
})

test('Markdown of what others wrote is text', () => {
  const markdown = doctorMarkdown(REPORT)
  expect(markdown).not.toMatch(/(?<!\\)<img/)
  expect(markdown).not.toMatch(/(?<!\\)\[a\]/)
  expect(markdown).not.toContain('<javascript:')
  expect(markdown).toContain('`n1.example.com/kubelet.log:7` strong (and 2 lines alike)')
})

test('SARIF has a rule for the advisory and a result at the line', () => {
  const log = JSON.parse(doctorSarif(REPORT)) as unknown
  expect(log).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        results: [
          {
            ruleId: 'mine',
            level: 'warning',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'n1.example.com/kubelet.log' },
                  region: { startLine: 7 },
                },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('redacted, no name, address or id is left, and the same one has the same stand-in', () => {
  const hidden = redacted(REPORT)
  expect(doctorReportSchema.parse(hidden)).toEqual(hidden)
  const text = JSON.stringify(hidden)
  for (const name of ['n1', 'cart', 'shop', '10.0.0.7', 'fe80', 'kim', '333344445555']) {
    expect(text).not.toContain(name)
  }
  const [node] = hidden.nodes
  expect(node?.node).toBe('node-1')
  expect(node?.findings[0]?.evidence[0]?.text).toBe(
    'E1125 pod="ns-1/pod-1" on ip-1 (ip-2) node="node-1" at 04:00:21 uid uid-1 pod-1 again',
  )
  expect(node?.timeline[1]).toMatchObject({
    source: 'node-1/kubelet.log',
    at: '2026-11-25T04:01:21.000Z',
  })
  expect(node?.versions[0]?.version).toBe('2.0.1')
  expect(node?.findings[0]?.title).toBe(EVIL)
})

test('very many names take no more than a moment', () => {
  const [node] = REPORT.nodes
  if (node === undefined) throw new Error('no node')
  const timeline = Array.from({ length: 20_000 }, (_, index) => ({
    ...PLACE,
    kind: 'line' as const,
    from: 'kubelet-log',
    text: `pod="shop/cart-${index}" on 10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    findings: [],
  }))
  const startMs = performance.now()
  const hidden = redacted({ ...REPORT, nodes: [{ ...node, timeline }] })
  expect(performance.now() - startMs).toBeLessThan(5000)
  expect(JSON.stringify(hidden)).not.toMatch(/cart-\d|"10\./)
})

test('a report survives YAML', async () => {
  const { stringify } = await import('yaml')
  expect(parse(stringify(REPORT, { lineWidth: 0 }))).toEqual(REPORT)
})
