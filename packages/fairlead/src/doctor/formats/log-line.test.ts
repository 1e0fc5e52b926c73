import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJournalEntry } from './journal-export.ts'
import { readLogLine } from './log-line.ts'
import { epochTime, isoTime, klogTime, syslogTime } from './written-time.ts'

const iso = (text: string) => {
  const { time, ...rest } = readLogLine(text)
  if (time === undefined) return { ...rest, at: undefined }
  const written = new Date(time.wallMs).toISOString().replace('Z', '')
  const year = time.hasYear ? written : written.replace('2000', '????')
  return { ...rest, at: `${year}${time.zoneMin === undefined ? '' : ` +${time.zoneMin}min`}` }
}

test('a klog line has a time without year and zone', () => {
  const line =
    'E1125 04:00:21.123456    1234 kubelet.go:2902] "Container runtime sanity check failed"'
  expect(iso(line)).toEqual({
    host: undefined,
    program: undefined,
    message: line,
    at: '????-11-25T04:00:21.123',
  })
})

test("containerd's logfmt has a time in nanoseconds and a zone", () => {
  const line = 'time="2026-11-23T18:16:06.921609736+01:00" level=info msg="starting containerd"'
  expect(iso(line)).toMatchObject({ message: line, at: '2026-11-23T18:16:06.921 +60min' })
})

test('JSON lines have their time under the keys that loggers use', () => {
  const ts = '{"ts":1795454170715.3,"caller":"kubelet.go:1","msg":"x"}'
  expect(iso(ts).at).toBe('2026-11-23T17:16:10.715 +0min')
  expect(iso('{"level":"info","ts":1795454170.5,"msg":"zap"}').at).toBe(
    '2026-11-23T17:16:10.500 +0min',
  )
  expect(iso('{"time":"2026-11-23T17:16:10Z","msg":"slog"}').at).toBe(
    '2026-11-23T17:16:10.000 +0min',
  )
})

test('a CRI container log is unwrapped, and its time is the whole one', () => {
  const inner = 'I1125 05:00:21.000001       1 main.go:1] started'
  expect(iso(`2026-11-25T04:00:21.5+00:00 stderr F ${inner}`)).toMatchObject({
    message: inner,
    at: '2026-11-25T04:00:21.500 +0min',
  })
})

test('journald: short, short-iso, short-full and json tell host, program and message', () => {
  const kubelet = { host: 'n1', program: 'kubelet', message: 'it is down' }
  expect(iso('Nov 25 04:00:21 n1 kubelet[12]: it is down')).toEqual({
    ...kubelet,
    at: '????-11-25T04:00:21.000',
  })
  expect(iso('2026-11-25T04:00:21+0100 n1 kubelet[12]: it is down')).toEqual({
    ...kubelet,
    at: '2026-11-25T04:00:21.000 +60min',
  })
  expect(iso('Wed 2026-11-25 04:00:21 UTC n1 kubelet[12]: it is down')).toEqual({
    ...kubelet,
    at: '2026-11-25T04:00:21.000 +0min',
  })
  const entry = {
    MESSAGE: 'it is down',
    _HOSTNAME: 'n1',
    SYSLOG_IDENTIFIER: 'kubelet',
    __REALTIME_TIMESTAMP: '1795579221000000',
  }
  expect(iso(JSON.stringify(entry))).toEqual({ ...kubelet, at: '2026-11-25T04:00:21.000 +0min' })
})

test('within a line of syslog, the whole time of the component is the better one', () => {
  const line = 'Nov 25 04:00:21 n1 containerd[9]: time="2026-11-25T03:00:21Z" level=info msg="x"'
  expect(iso(line)).toMatchObject({ program: 'containerd', at: '2026-11-25T03:00:21.000 +0min' })
})

test('a kernel log of Talos tells node, facility and time', () => {
  expect(iso('10.5.0.2: kern: warning: [2026-11-25T04:00:21.5Z]: oom-kill')).toEqual({
    host: '10.5.0.2',
    program: 'kernel',
    message: 'oom-kill',
    at: '2026-11-25T04:00:21.500 +0min',
  })
})

test('a plain line, or one that only begins like a format, is all message', () => {
  for (const text of [
    'hello',
    '',
    '{',
    '{"MESSAGE":[1,2]}',
    'E1125',
    '[   12.345678] usb 1-1: new',
  ]) {
    expect(readLogLine(text)).toEqual({
      time: undefined,
      host: undefined,
      program: undefined,
      message: text,
    })
  }
})

test('dates that are none, and years that no node was in, are no time', () => {
  expect(isoTime('0000-01-01T00:00:00Z')?.time).toBeUndefined()
  expect(isoTime('9999-12-31T00:00:00Z')?.time).toBeUndefined()
  expect(isoTime('2026-02-30T00:00:00Z')?.time).toBeUndefined()
  expect(isoTime('2026-02-03T24:00:00Z')?.time).toBeUndefined()
  expect(klogTime('E1332 00:00:00.000000')?.time).toBeUndefined()
  expect(syslogTime('Foo 25 00:00:00')?.time).toBeUndefined()
  expect(syslogTime('Feb 29 00:00:00')?.time?.hasYear).toBe(false)
  expect(epochTime('99999999999999999')).toBeUndefined()
  expect(epochTime('-1')).toBeUndefined()
})

test('no text makes it throw', () => {
  const begins = fc.constantFrom(
    '',
    '{"MESSAGE":',
    '2026-11-25T04:00:21Z ',
    'E1125 04:00:21.123456',
  )
  fc.assert(
    fc.property(begins, fc.string({ unit: 'binary' }), (begin, rest) => {
      expect(typeof readLogLine(begin + rest).message).toBe('string')
    }),
  )
})

test('an entry of the journal without a single = is read in time that grows with its length', () => {
  // A field, a length of 1 in 8 bytes, its value, over and over.
  const field = Buffer.from('A\n\u0001\0\0\0\0\0\0\0B\n')
  const bytes = Buffer.concat([
    ...Array.from({ length: 80_000 }, () => field),
    Buffer.from('MESSAGE=x\n'),
  ])
  const beganMs = performance.now()
  expect(readJournalEntry(bytes)?.message).toBe('x')
  expect(performance.now() - beganMs).toBeLessThan(1000)
})
