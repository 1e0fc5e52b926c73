/**
 * Counts the line breaks between two places. Four bytes at a time: a line number for each hit takes all
 * line breaks before it, and one call per line would cost more than the search.
 */
export function countNewlines(bytes: Buffer, from: number, to: number): number {
  let at = from
  let count = 0
  for (; at < to && (bytes.byteOffset + at) % 4 !== 0; at++) if (bytes[at] === 10) count++
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, Math.max(0, (to - at) >> 2))
  for (let word = 0; word < words.length; word++) {
    // A byte of `zeros` has its highest bit set where the byte of the text is a line break, and none
    // borrows from another (Hacker's Delight, 6-1).
    const other = (words[word] as number) ^ 0x0a0a0a0a
    const zeros = ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other) & 0x80808080
    if (zeros !== 0) count += bitCount(zeros)
  }
  for (at += words.length * 4; at < to; at++) if (bytes[at] === 10) count++
  return count
}

function bitCount(highBits: number): number {
  return Math.imul(highBits >>> 7, 0x01010101) >>> 24
}
