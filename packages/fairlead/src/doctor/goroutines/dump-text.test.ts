import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dumpOf,
  dumpsOf,
  evidence,
  factsOfPieces,
  logged,
  probesIn,
  STACKS,
} from './dump-fixture.ts'

const small = dumpOf([STACKS.add, STACKS.reload, STACKS.status])
const grouped = evidence('containerd-2.0.1-hang/goroutines.grouped.txt')

describe.each([
  ['as a file', small],
  ['in a log of logfmt', logged(small)],
  ['in a log of JSON', logged(small, 'json')],
  ['in the journal, as JSON', `{"MESSAGE":${JSON.stringify(logged(small).trim())}}\n`],
  ['grouped', grouped.slice(0, 3000)],
])('a dump %s', (_, text) => {
  test('is the same wherever its bytes are split', () => {
    const bytes = Buffer.from(`one line before\n${text}\nand one after\n`)
    const whole = dumpsOf([bytes])
    expect(whole).toHaveLength(1)
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(dumpsOf([bytes.subarray(0, at), bytes.subarray(at)]), `${at}`).toEqual(whole)
    }
  })
})

test('a real log is the same byte by byte', () => {
  const bytes = Buffer.from(evidence('containerd-2.0.1-hang/containerd.log'))
  const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  expect(dumpsOf(single)).toEqual(dumpsOf([bytes]))
})

test('what journald cuts every 48 KiB is put together', () => {
  const prefix = 'Nov 23 17:17:49 node-1 containerd[29466]: '
  const whole = probesIn(logged(small))
  const line = logged(small).trim()
  for (const size of [200, 333, 1024]) {
    const pieces = Array.from(
      { length: Math.ceil(line.length / size) },
      (_, at) => `${prefix}${line.slice(at * size, (at + 1) * size)}`,
    )
    expect(probesIn(`${pieces.join('\n')}\n`), `${size}`).toEqual(whole)
  }
})

test('a dump that is logged line by line is read without what stands before the lines', () => {
  const prefix = 'Nov 23 17:17:49 node-1 containerd[29466]: '
  const lines = small.split('\n').map((line) => `${prefix}${line}`.trimEnd())
  const between = 'Nov 23 17:17:49 node-1 kernel: eth0: link becomes ready'
  expect(probesIn([...lines.slice(0, 9), between, ...lines.slice(9)].join('\n'))).toEqual(
    probesIn(small),
  )
})

test('a dump that its log breaks off is read as far as it goes, and so is what follows', () => {
  const broken = logged(small).slice(0, -60)
  const after = 'time="2026-11-23T17:18:00Z" level=info msg="containerd successfully booted"\n'
  const dumps = dumpsOf([Buffer.from(`${broken}\n${after}${logged(small)}`)])
  expect(dumps.map(({ goroutines }) => goroutines)).toEqual([4, 4])
})

test('any text at all makes no trouble', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.constantFrom(
        'goroutine 1 [running]:\n',
        'goroutine profile: total 9\n',
        '99 @ 0x1 0x2\n',
        '#\t0x1\tsync.(*RWMutex).Lock+0x1\t/a.go:1\n',
        'sync.(*RWMutex).RLock(...)\n',
        '\t/a.go:1 +0x1\n',
        '\n',
        '\\n',
        '=== BEGIN goroutine stack dump ===',
        '=== BEGIN goroutine stack dump ===\\n',
        '=== END goroutine stack dump ===',
      ),
    ),
  )
  fc.assert(
    fc.property(pieces, (given) => {
      const bytes = given.map((piece) => Buffer.from(piece))
      const facts = factsOfPieces(bytes)
      expect(factsOfPieces([Buffer.concat(bytes)])).toEqual(facts)
    }),
    { numRuns: 300 },
  )
})

describe('of a text that never ends', () => {
  test('a line costs no more memory than its beginning', () => {
    const dumps = dumpsOf([
      Buffer.from('goroutine 1 [running]:\nf('),
      ...Array.from({ length: 2000 }, () => Buffer.alloc(16_384, 'x')),
      Buffer.from(`)\n\n${dumpOf([STACKS.add])}`),
    ])
    expect(dumps.map(({ goroutines }) => goroutines)).toEqual([1, 2])
  })

  test('stacks that all differ are counted and not kept', () => {
    const stacks = Array.from({ length: 5000 }, (_, at) => ({
      state: 'select',
      functions: [`github.com/containerd/x.f${at}`],
    }))
    const [dump] = dumpsOf([Buffer.from(dumpOf(stacks))])
    expect(dump?.goroutines).toBe(5001)
    expect([dump?.groups.length, dump?.notKept]).toEqual([4096, 905])
    expect(probesIn(dumpOf(stacks))).toEqual([])
  })
})
