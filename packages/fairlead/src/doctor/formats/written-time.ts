/**
 * A time as a log writes it. klog leaves out the year and the zone, syslog too; what is missing is
 * known only when the whole source has been read (align.ts).
 */
export interface WrittenTime {
  /** The wall clock as it is written, as if it were UTC, in ms since 1970; of the year 2000 where no year is. */
  readonly wallMs: number
  /** Minutes east of UTC; undefined where no zone is written. */
  readonly zoneMin: number | undefined
  readonly hasYear: boolean
}

/** Years that a log of a Kubernetes node can be of; any other is a broken clock or a broken file. */
const FIRST_YEAR = 2014
const LAST_YEAR = 2100

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
// A leap year, so that 29 February is a date.
const YEARLESS = 2000

/** Where a time ends in a text, and what it is. */
export interface TimeRead {
  readonly time: WrittenTime | undefined
  readonly end: number
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|[+-]\d\d:?\d\d))?/

/** Reads RFC 3339 and what resembles it; the zone may be `Z`, `UTC`, `+0100` or `+01:00`. */
export function isoTime(text: string): TimeRead | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [whole, year, month, day, hour, minute, second, fraction, zone] = match
  return {
    end: whole.length,
    time: time([year, month, day, hour, minute, second].map(Number), fraction, zoneOf(zone), true),
  }
}

const KLOG = /^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})/

/** Reads the head of a klog line: `E1125 04:00:21.123456` (k8s.io/klog/v2, formatHeader). */
export function klogTime(text: string): TimeRead | undefined {
  const match = KLOG.exec(text)
  if (match === null) return undefined
  const [whole, month, day, hour, minute, second, fraction] = match
  const numbers = [YEARLESS, ...[month, day, hour, minute, second].map(Number)]
  return { end: whole.length, time: time(numbers, fraction, undefined, false) }
}

const SYSLOG =
  /^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) ([ \d]\d) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?/

/** Reads what syslog, `journalctl -o short` and `dmesg -T` write: `Nov 25 04:00:21`. */
export function syslogTime(text: string): TimeRead | undefined {
  const match = SYSLOG.exec(text)
  if (match === null) return undefined
  const [whole, monthName, day, year, hour, minute, second, fraction] = match
  const month = MONTHS.indexOf(monthName ?? '') + 1
  const numbers = [year ?? YEARLESS, month, day, hour, minute, second].map(Number)
  return { end: whole.length, time: time(numbers, fraction, undefined, year !== undefined) }
}

/** The time of a count of microseconds since 1970, as journald keeps it. */
export function epochTime(microseconds: string): WrittenTime | undefined {
  if (!/^\d{1,17}$/.test(microseconds)) return undefined
  return inRange({ wallMs: Number(microseconds) / 1000, zoneMin: 0, hasYear: true })
}

function time(
  numbers: readonly number[],
  fraction: string | undefined,
  zoneMin: number | undefined,
  hasYear: boolean,
): WrittenTime | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds(fraction)
  const back = new Date(wallMs)
  // Date.UTC takes 31 February for 2 March, and a year below 100 for one of the last century.
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined
  return hasYear ? inRange({ wallMs, zoneMin, hasYear }) : { wallMs, zoneMin, hasYear }
}

function inRange(time: WrittenTime): WrittenTime | undefined {
  const year = new Date(time.wallMs).getUTCFullYear()
  return year >= FIRST_YEAR && year <= LAST_YEAR ? time : undefined
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000
}

function zoneOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined
  if (zone === 'Z' || zone === 'UTC') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return zone.startsWith('-') ? -minutes : minutes
}
