import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadAdvisories } from '../advisories/advisory-files.ts'
import { consult } from './doctor.ts'
import { doctorReportSchema, type NodeReport } from './report.ts'
import type { Language } from '../language.ts'

const EVIDENCE = fileURLToPath(new URL('../../../../tests/evidence/', import.meta.url))
const DEADLOCK = 'containerd-go-cni-recursive-rlock-deadlock'
const SLOW = 'containerd-status-blocked-by-slow-add-plus-reload'

async function node(paths: readonly string[], language: Language = 'en'): Promise<NodeReport> {
  const report = await consult(
    paths.map((path) => EVIDENCE + path),
    { advisories: await loadAdvisories(), language, signal: new AbortController().signal },
  )
  expect(doctorReportSchema.parse(report)).toEqual(report)
  const [first, ...others] = report.nodes
  expect(others).toEqual([])
  if (first === undefined) throw new Error('no node')
  return first
}

test('a real hang of containerd 2.0.1: its double read lock is certain, a slow plugin is no cause', async () => {
  const { findings, versions } = await node(['containerd-2.0.1-hang'])
  expect(versions).toMatchObject([{ component: 'containerd', version: '2.0.1' }])
  const [first] = findings
  expect(first).toMatchObject({ advisory: DEADLOCK, sure: 'certain', contradicting: [] })
  expect(findings.map(({ advisory }) => advisory)).not.toContain(SLOW)
  expect(first?.evidence[0]?.known).toBe('goroutines-recursive-read-lock')
  const remedies = first?.remedies.map(({ text }) => text).join(' ')
  expect(remedies).toContain('Restart containerd')
  expect(remedies).toContain('2.0.3')
})

test("of the hang's own log alone, the time is that of the dump in it", async () => {
  const { findings } = await node(['containerd-2.0.1-hang/containerd.log'])
  expect(findings[0]).toMatchObject({ advisory: DEADLOCK, sure: 'certain' })
  expect(findings[0]?.evidence[0]).toMatchObject({ at: '2026-11-23T17:17:49.797Z' })
})

test('the seed incident, without a dump: the right advisory is first, with what would confirm it', async () => {
  const { node: name, findings, timeline, notSeen } = await node(['seed-incident'])
  expect(name).toBe('worker-3')
  const [first, ...others] = findings
  expect(first).toMatchObject({ advisory: DEADLOCK, sure: 'likely' })
  expect(others.every(({ score }) => score < (first?.score ?? 0))).toBe(true)
  expect(first?.confirm.join(' ')).toContain('kill -USR1')
  expect(notSeen.map(({ what }) => what).join(' ')).toContain('goroutine dump')
  // The year is that of the conditions; the log has none.
  const moments = timeline.filter(({ source }) => source === 'kubelet.log')
  expect(moments.length).toBeGreaterThan(5)
  expect(moments.every(({ at }) => at?.startsWith('2026-01-13T07:4') === true)).toBe(true)
})

test('of a description of the node alone, what fits best comes first, each with what would confirm it', async () => {
  const { findings, notSeen } = await node(['seed-incident/node.txt'])
  const [first, ...others] = findings.map(({ advisory }) => advisory)
  expect(first).toBe(DEADLOCK)
  expect(others).toContain(SLOW)
  expect(findings.every(({ sure, confirm }) => sure === 'possible' && confirm.length > 0)).toBe(
    true,
  )
  expect(notSeen.map(({ what }) => what)).toEqual(
    expect.arrayContaining(["kubelet's log", 'the log of containerd or CRI-O']),
  )
})

test.each(['seed-incident', 'seed-incident/node.txt', 'containerd-2.0.1-hang'])(
  'of %s everything but what logs say is told in Chinese, too',
  async (source) => {
    const { findings, notSeen, timeline } = await node([source], 'zh-CN')
    const texts = [
      ...findings.flatMap(({ title, cause, why, confirm, remedies, evidence }) => [
        title,
        cause,
        ...why.map(({ text }) => text.replace(/^\S+ [\d.]+(?=, )/, '')),
        ...confirm,
        ...remedies.map(({ text }) => text),
        ...evidence.filter(({ from }) => from === 'probe').map(({ text }) => text),
      ]),
      ...timeline.filter(({ kind }) => kind === 'probe').map(({ text }) => text),
      ...notSeen.map(({ what }) => what),
    ]
    for (const text of texts) expect(text).toMatch(/\p{Script=Han}/u)
  },
)

test('where the fixed version runs, the double read lock is no cause', async () => {
  const { findings } = await node(['seed-incident/kubelet.log'])
  expect(findings.map(({ sure }) => sure)).not.toContain('certain')
})
