import { expect, test } from 'vitest'
import { isKeptEvidence, keptEvidenceText, KeptEvidenceReader } from './kept-evidence.ts'

const AT = new Date('2026-11-29T14:00:00.000Z')
const place = { source: '/run/containerd/containerd.sock' }
const FACTS = [
  { kind: 'version', component: 'containerd', version: '2.1.9', place },
  { kind: 'probe', probe: 'status-silent', text: 'Status is silent', place },
] as const

function read(text: string) {
  const reader = new KeptEvidenceReader({
    path: 'evidence.json',
    node: 'n1',
    modifiedMs: undefined,
  })
  const bytes = Buffer.from(text)
  const half = Math.floor(bytes.length / 2)
  return [
    ...reader.push(bytes.subarray(0, half)),
    ...reader.push(bytes.subarray(half)),
    ...reader.end(),
  ]
}

test('what is kept is read as it was seen, at the moment it was', () => {
  const text = keptEvidenceText(AT, FACTS, { why: 'because' })
  expect(isKeptEvidence(text)).toBe(true)
  expect(read(text)).toEqual(FACTS.map((fact) => ({ ...fact, node: 'n1', atMs: AT.getTime() })))
})

test('a fact that is not known here costs only itself', () => {
  const text = keptEvidenceText(AT, FACTS, {}).replace('"status-silent"', '"seen-in-2030"')
  expect(read(text)).toMatchObject([{ kind: 'version' }])
})

test('what somebody else wrote is no evidence', () => {
  expect(isKeptEvidence('{"kind": "Node"}')).toBe(false)
  expect(read('{"kind": "fairlead.dev/evidence", "facts": 1}')).toEqual([])
  expect(read('{"kind": "fairlead.dev/evidence", ')).toEqual([])
})
