import { epochTime, isoTime, klogTime, syslogTime, type WrittenTime } from './written-time.ts'

/** What the format of a line tells of it. */
export interface LogLine {
  readonly time: WrittenTime | undefined
  readonly host: string | undefined
  /** Who wrote it, as the format names it: `kubelet`, `containerd`, `kernel`. */
  readonly program: string | undefined
  /** What was written: the line without what journald, a container runtime or syslog put before it. */
  readonly message: string
}

/**
 * Reads one line of any format that nodes have: klog, logfmt, JSON, CRI container logs, syslog and
 * `journalctl`'s short forms, `journalctl -o json`, dmesg, and plain text. One format may hold another;
 * the time is that of the outermost that has a whole one.
 */
export function readLogLine(text: string): LogLine {
  const outer = outerFormat(text)
  if (outer === undefined) return { ...NOTHING, time: ownTime(text), message: text }
  const { time, message } = outer
  return time?.hasYear === true && time.zoneMin !== undefined
    ? outer
    : { ...outer, time: completer(time, ownTime(message)) }
}

const NOTHING = { time: undefined, host: undefined, program: undefined }

/** A whole time is better than a part of one; of two alike, the component's own is the finer. */
function completer(
  left: WrittenTime | undefined,
  right: WrittenTime | undefined,
): WrittenTime | undefined {
  return right === undefined || (left !== undefined && worth(left) > worth(right)) ? left : right
}

function worth({ hasYear, zoneMin }: WrittenTime): number {
  return (hasYear ? 2 : 0) + (zoneMin === undefined ? 0 : 1)
}

function outerFormat(text: string): LogLine | undefined {
  return text.startsWith('{') ? journalJson(text) : (prefixed(text) ?? talos(text))
}

// The CRI log format: time, stream, tag (F for a whole line, P for a part), text.
// https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
const CRI = /^ (?:stdout|stderr) [FP](?::[^ ]*)? /
// RFC 3164's TAG and what journalctl makes of it: host, program, maybe a number in brackets.
const TAGGED = /^ ([A-Za-z0-9][\w.:-]{0,252}) ([\w.@/()-]{1,128}?)(?:\[(\d{1,10})\])?: /
// `journalctl -o short-full` begins with the name of the day, and has the zone by name.
const DAY = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?=\d{4}-)/
const ZONE_NAME = /^ [A-Z]{3,5}(?= )/

function prefixed(text: string): LogLine | undefined {
  const day = DAY.exec(text)?.[0].length ?? 0
  const begin = text.slice(day, day + 64)
  const read = isoTime(begin) ?? syslogTime(begin)
  if (read === undefined) return undefined
  const { time } = read
  let rest = text.slice(day + read.end)
  const cri = CRI.exec(rest)
  if (cri !== null) return { ...NOTHING, time, message: rest.slice(cri[0].length) }
  rest = rest.replace(ZONE_NAME, '')
  const tagged = TAGGED.exec(rest)
  if (tagged === null) return { ...NOTHING, time, message: text }
  const [head, host, program] = tagged
  return { time, host, program, message: rest.slice(head.length) }
}

// `talosctl dmesg` and the kernel log of a Talos bundle: `kern:    info: [2026-11-25T03:00:00Z]: text`,
// with the node's address before it where several nodes were asked.
const TALOS = /^(?:([\w.:-]{1,64}): )?(kern|user|daemon|syslog): +\w{1,9}: \[([^\]]{1,40})\]: /

function talos(text: string): LogLine | undefined {
  const match = TALOS.exec(text)
  if (match === null) return undefined
  const [head, host, facility, time = ''] = match
  return {
    time: isoTime(time)?.time,
    host,
    program: facility === 'kern' ? 'kernel' : undefined,
    message: text.slice(head.length),
  }
}

function journalJson(text: string): LogLine | undefined {
  const entry = parsedObject(text)
  const message = entry?.['MESSAGE']
  if (entry === undefined || typeof message !== 'string') return undefined
  return journalEntry(message, (field) => {
    const value = entry[field]
    return typeof value === 'string' ? value : undefined
  })
}

/** A line of an entry of the journal, by its fields (systemd.journal-fields(7)). */
export function journalEntry(
  message: string,
  field: (name: string) => string | undefined,
): LogLine {
  const stamp = field('_SOURCE_REALTIME_TIMESTAMP') ?? field('__REALTIME_TIMESTAMP') ?? ''
  const kernel = field('_TRANSPORT') === 'kernel' ? 'kernel' : undefined
  return {
    time: epochTime(stamp),
    host: field('_HOSTNAME'),
    program: kernel ?? field('SYSLOG_IDENTIFIER') ?? field('_COMM'),
    message,
  }
}

// Keys that loggers of CNI plugins, agents and Kubernetes write a time to.
const TIME_KEYS = ['time', 'ts', 'timestamp', '@timestamp', 'talos-time']

/** The time that a component wrote into its own line. */
function ownTime(text: string): WrittenTime | undefined {
  if (text.startsWith('{')) {
    const entry = parsedObject(text)
    return entry === undefined ? undefined : timeOfKeys(entry)
  }
  const begin = text.slice(0, 64)
  const logfmt = /^(?:time|ts)="?/.exec(begin)?.[0].length ?? 0
  return (klogTime(begin) ?? isoTime(begin.slice(logfmt)))?.time
}

function timeOfKeys(entry: Readonly<Record<string, unknown>>): WrittenTime | undefined {
  for (const key of TIME_KEYS) {
    const value = entry[key]
    if (typeof value === 'string') return isoTime(value)?.time
    // zap writes seconds, component-base's JSON log milliseconds (k8s.io/component-base/logs/json).
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) {
      return epochTime((value < 1e11 ? value * 1e6 : value * 1e3).toFixed(0))
    }
  }
  return undefined
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    // Anything that is no array and begins with a brace has keys.
    return value as Readonly<Record<string, unknown>>
  } catch {
    // A line that begins with a brace and is no JSON, or was cut off, is plain text.
    return undefined
  }
}
