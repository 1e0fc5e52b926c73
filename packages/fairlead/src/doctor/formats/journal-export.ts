import { journalEntry, type LogLine } from './log-line.ts'

/** What each entry of `journalctl -o export` begins with. */
export const JOURNAL_ENTRY = '__CURSOR='

/**
 * Reads one entry in systemd's export format: `FIELD=value` lines, or, where a value holds a line
 * break, the field alone, 8 bytes with the length in little endian, and the value.
 * https://systemd.io/JOURNAL_EXPORT_FORMATS/
 */
export function readJournalEntry(bytes: Buffer): LogLine | undefined {
  const fields = new Map<string, string>()
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at)
    const end = newline === -1 ? bytes.length : newline
    const line = bytes.subarray(at, end)
    const equals = line.indexOf(61)
    if (equals !== -1) {
      const value = line.toString('utf8', equals + 1)
      fields.set(line.toString('latin1', 0, equals), value)
      at = end + 1
    } else if (end + 9 <= bytes.length) {
      const begin = end + 9
      const length = Number(bytes.readBigUInt64LE(end + 1))
      const name = line.toString('latin1')
      if (name !== '') fields.set(name, bytes.toString('utf8', begin, begin + length))
      // The line between two entries is empty, and no field.
      at = name === '' ? end + 1 : begin + length + 1
    } else {
      break
    }
  }
  const message = fields.get('MESSAGE')
  return message === undefined ? undefined : journalEntry(message, (name) => fields.get(name))
}
