import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fact, LineFact } from './fact.ts'
import { landmarksOf } from './landmarks.ts'
import { LineReader } from './line-reader.ts'
import { RECORD_LIMIT } from './record-buffer.ts'

const TEXTS = ['container runtime is down', 'plugin type="multus" failed']
const landmarks = landmarksOf([
  { symptoms: TEXTS.map((text) => ({ source: 'kubelet-log', text, specificity: 'weak' })) },
])

function read(bytes: Buffer, splits: readonly number[] = [], path = 'kubelet.log'): Fact[] {
  const reader = new LineReader({ path, node: undefined, modifiedMs: undefined }, landmarks)
  const ends = [...splits, bytes.length].sort((a, b) => a - b)
  let begin = 0
  const facts = ends.flatMap((end) => {
    const part = reader.push(bytes.subarray(begin, end))
    begin = end
    return part
  })
  return [...facts, ...reader.end()]
}

const lines = (facts: readonly Fact[]): LineFact[] => facts.filter((fact) => fact.kind === 'line')

const LOG = [
  'I1125 04:00:00.000001  12 server.go:1] "Kubelet version" kubeletVersion="v1.32.0"',
  'nothing to see',
  'E1125 04:00:21.123456  12 kubelet.go:2412] "Skipping pod" err="container runtime is down"\r',
  String.raw`{"ts":1795454170715.3,"msg":"failed","err":"plugin type=\"multus\" failed (add)"}`,
  'container runtime is down',
].join('\n')

test('lines with a hit are facts, with their number, their writer and their time', () => {
  const facts = read(Buffer.from(LOG))
  expect(facts.map(({ kind, place }) => `${kind} ${place.line}`)).toEqual([
    'version 1',
    'line 3',
    'line 4',
    'line 5',
  ])
  expect(facts[0]).toMatchObject({ component: 'kubernetes', version: '1.32.0' })
  expect(facts[1]).toMatchObject({ from: 'kubelet-log', written: { hasYear: false } })
  expect(lines(facts).at(0)?.text.endsWith('down"')).toBe(true)
})

test('a text is found in whatever way JSON and klog escape it', () => {
  const depth = (text: string, times: number): string =>
    times === 0 ? text : depth(JSON.stringify(text).slice(1, -1), times - 1)
  for (const times of [0, 1, 2, 3]) {
    expect(lines(read(Buffer.from(depth('plugin type="multus" failed', times))))).toHaveLength(1)
  }
})

test('wherever the bytes are split, the facts are the same', () => {
  const bytes = Buffer.from(LOG)
  const whole = read(bytes)
  for (let at = 0; at <= bytes.length; at++) expect(read(bytes, [at])).toEqual(whole)
})

test('a text is found at every place of a buffer', () => {
  for (let before = 0; before < 64; before++) {
    const log = `${'x'.repeat(before)}container runtime is down${'y'.repeat(before % 7)}`
    expect(lines(read(Buffer.from(log)))).toHaveLength(1)
  }
})

test('lines are found and numbered across buffers, as one search in all of it would', () => {
  const filler = `${'abcdefghij'.repeat(9)}\n`
  const part = filler.repeat(5000) + 'the container runtime is down\n'
  const facts = lines(read(Buffer.from(part.repeat(4)), [123_457, 1_400_000]))
  expect(facts.map(({ place }) => place.line)).toEqual([5001, 10_002, 15_003, 20_004])
})

test('of many lines that tell the same, the first five and the last are kept, and how many there were', () => {
  const facts = lines(read(Buffer.from('container runtime is down\n'.repeat(1000))))
  expect(facts.map(({ place, more }) => [place.line, more])).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [4, undefined],
    [5, undefined],
    [1000, 994],
  ])
})

test('a line without end costs its beginning only, and what comes after it is read', () => {
  const hit = 'container runtime is down'
  const long = Buffer.alloc(5 * 1024 * 1024, '. ')
  long.write(hit, 100)
  long.write(hit, RECORD_LIMIT + 1)
  const bytes = Buffer.concat([long, Buffer.from(`\nnext\n${hit}\n`)])
  const facts = lines(read(bytes, [7, 1_000_000]))
  expect(facts.map(({ place }) => place.line)).toEqual([1, 3])
  expect(facts.every(({ text }) => text.length <= 2048 && text.includes(hit))).toBe(true)
  expect(lines(read(bytes.subarray(0, RECORD_LIMIT + 100)))).toHaveLength(1)
})

test('an entry of a journal export is one fact, also where its text is binary', () => {
  const message = Buffer.from('two lines\n\nthe container runtime is down')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(message.length))
  const entry = (body: Buffer) =>
    Buffer.concat([
      Buffer.from('__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795579221000000\n_HOSTNAME=n1\n'),
      body,
      Buffer.from('\nSYSLOG_IDENTIFIER=kubelet\n\n'),
    ])
  const binary = Buffer.concat([Buffer.from('MESSAGE\n'), length, message])
  const bytes = Buffer.concat([
    entry(Buffer.from('MESSAGE=nothing')),
    entry(binary),
    entry(Buffer.from('MESSAGE=container runtime is down')),
  ])
  const facts = lines(read(bytes, [50], 'export'))
  expect(facts.map(({ node, from, text }) => [node, from, text])).toEqual([
    ['n1', 'kubelet-log', 'two lines\u{fffd}\u{fffd}the container runtime is down'],
    ['n1', 'kubelet-log', 'container runtime is down'],
  ])
  for (let at = 0; at <= bytes.length; at += 3)
    expect(lines(read(bytes, [at], 'export'))).toEqual(facts)
})

test('a host name that is longer than any is cut', () => {
  const entry = `__CURSOR=s=1\n_HOSTNAME=${'n'.repeat(100_000)}\nMESSAGE=container runtime is down\n\n`
  expect(read(Buffer.from(entry), [], 'export')[0]?.node).toHaveLength(253)
})

test('bytes that are no UTF-8 cost only themselves', () => {
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
    Buffer.from('container runtime is down'),
    Buffer.from([0xe2, 0x28, 0xa1, 0x0a]),
  ])
  const [fact] = lines(read(bytes))
  expect(fact?.text).toMatch(/^\u{fffd}+container runtime is down\u{fffd}\(\u{fffd}$/u)
})

test('no line makes an expression slow, however it goes on', () => {
  const hostile = [
    '2026-11-25T04:00:21Z ',
    'Nov 25 04:00:21 n1 ',
    'kubelet[1]: ',
    'kern:    info: [',
    'RunPodSandbox failed to set up ',
    'Normal  Warning  ',
    'file="a/',
    'pod="a/',
    '{"MESSAGE":"',
    '<6>',
    'a-',
    'a.',
    ' ',
  ]
  const startMs = performance.now()
  for (const begin of hostile) {
    const line = `${begin.repeat(Math.ceil(100_000 / begin.length))} container runtime is down\n`
    expect(lines(read(Buffer.from(line), [], 'messages')).length).toBeLessThanOrEqual(1)
  }
  expect(performance.now() - startMs).toBeLessThan(5000)
})

test('no bytes make it throw', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.constantFrom(
      ...[...TEXTS, '\n', '__CURSOR=', 'MESSAGE\n', '2026-11-25T04:00:21Z '].map((text) =>
        Uint8Array.from(Buffer.from(text)),
      ),
    ),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.nat(), (pieces, split) => {
      const bytes = Buffer.concat(pieces)
      expect(read(bytes, [split % (bytes.length + 1)])).toEqual(read(bytes))
    }),
  )
})
