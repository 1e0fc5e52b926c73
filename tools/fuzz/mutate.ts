import type { Random } from '../../packages/fairlead/src/random.ts'
import type { Sample } from './target.ts'

/** Pieces that readers trip over. */
const TOKENS: readonly Buffer[] = [
  ...Array.from('{}[]()<>:;,"\'\\0-.eE+/%=#&*!|~$@\n\r\t \0\uFEFF\u2028\u202E\u001b𝒳'),
  'null',
  'true',
  '1e999',
  '-0',
  '""',
  '[]',
  '{}',
  '"\\ud800"',
  '__proto__',
  '"__proto__":',
  'constructor',
  '../../',
  '\r\n\r\n',
  '- ',
  '? ',
  '&a *a',
  '<<: ',
  '!!binary ',
  '---\n',
  '9999999999999999999999',
  '[8;1H',
  'x'.repeat(300),
  '9'.repeat(400),
  '['.repeat(2000),
  '{"a":'.repeat(2000),
].map((token) => Buffer.from(token))

/** Values that nobody expects where they are put. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  1e308,
  2 ** 53,
  '',
  'x',
  '\u0000',
  '\u202Ex\u001b[8m',
  '../../x',
  '-1s',
  '9999999999h',
  '99999999999%',
  '2026-02-30T99:99:99Z',
  '+275760-09-13T00:00:00Z',
  'x'.repeat(5000),
  [],
  {},
  [[[[]]]],
  ['x', 'x'],
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
]
const ODD_KEYS: readonly string[] = ['__proto__', 'constructor', 'toString', '', 'x', '0', 'name']

/** Long enough for what is not linear to be slow, and short enough for the rest to be quick. */
const LENGTHS: readonly number[] = [1024, 16 * 1024, 128 * 1024]
/** One input of so many is a long one. */
const LONG_EVERY = 256

/** A broken input: a sample with a changed structure, changed bytes, or both; seldom with one piece over and over. */
export function mutated(samples: readonly Sample[], random: Random): Buffer {
  const { bytes, structure } = oneOf(samples, random)
  const isRestructured = structure !== undefined && random.below(2) === 0
  let input = isRestructured ? restructured(structure, random) : bytes
  for (let edits = random.below(isRestructured ? 2 : 6); edits > 0; edits -= 1) {
    input = edited(input, oneOf(samples, random).bytes, random)
  }
  return random.below(LONG_EVERY) === 0 ? pumped(input, random) : input
}

function edited(input: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(input.length + 1)
  const end = Math.min(input.length, at + random.below(12))
  const [before, after] = [input.subarray(0, at), input.subarray(at)]
  switch (random.below(8)) {
    case 0:
      return Buffer.concat([before, oneOf(TOKENS, random), after])
    case 1:
      return Buffer.concat([before, input.subarray(end)])
    case 2:
      return Buffer.concat([input.subarray(0, end), after])
    case 3:
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))])
    case 4:
      return Buffer.concat([before, oneOf(TOKENS, random), input.subarray(end)])
    case 5:
      return before
    case 6:
      return Buffer.concat([before, Buffer.from([random.below(256)]), input.subarray(at + 1)])
    default:
      return flipped(input, at, random)
  }
}

function flipped(input: Buffer, at: number, random: Random): Buffer {
  const copy = Buffer.from(input)
  if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  return copy
}

/** The input with a piece of its own, or one that readers trip over, many times. */
function pumped(input: Buffer, random: Random): Buffer {
  const at = random.below(input.length + 1)
  const own = input.subarray(at, at + 1 + random.below(24))
  const piece = random.below(2) === 0 || own.length === 0 ? oneOf(TOKENS, random) : own
  const many = Buffer.alloc(oneOf(LENGTHS, random), piece)
  return Buffer.concat([input.subarray(0, at), many, input.subarray(at)])
}

function restructured({ value, write }: NonNullable<Sample['structure']>, random: Random): Buffer {
  let changed = value
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1)
    changed = altered(changed, random)
  try {
    return Buffer.from(write(changed))
  } catch {
    // What the format cannot say is said in JSON, which no reader of it expects.
    return Buffer.from(JSON.stringify(changed))
  }
}

/** A copy with one value or key of it changed, anywhere in it. */
function altered(value: unknown, random: Random): unknown {
  const isLeaf = typeof value !== 'object' || value === null
  if (isLeaf || random.below(6) === 0) return oneOf(ODD_VALUES, random)
  if (Array.isArray(value)) {
    const items: unknown[] = [...value]
    const at = random.below(items.length + 1)
    if (at === items.length || random.below(5) === 0) {
      items.splice(
        at,
        random.below(2),
        items[random.below(items.length)] ?? oneOf(ODD_VALUES, random),
      )
    } else items[at] = altered(items[at], random)
    return items
  }
  const entries = Object.entries(value)
  const at = random.below(entries.length + 1)
  const [key, inner] = entries[at] ?? [oneOf(ODD_KEYS, random), oneOf(ODD_VALUES, random)]
  switch (random.below(6)) {
    case 0:
      entries.splice(at, 1)
      break
    case 1:
      entries.splice(at, 1, [oneOf(ODD_KEYS, random), inner])
      break
    case 2:
      entries.push([oneOf(ODD_KEYS, random), inner])
      break
    default:
      entries.splice(at, 1, [key, altered(inner, random)])
  }
  // Unlike an assignment this makes `__proto__` a key as any other.
  return Object.fromEntries(entries)
}

function oneOf<T>(choices: readonly T[], random: Random): T {
  const chosen = choices.slice(random.below(choices.length))
  for (const first of chosen) return first
  throw new Error('nothing to choose from')
}
