import { numberParser } from '@stricli/core'
import { FairleadError } from '../errors.ts'

/** Parses a whole number of at least 1. */
export function count(text: string): number {
  return wholeNumber(text, 1)
}

/** Parses a whole number of at least `minimum`. */
export function wholeNumber(text: string, minimum: number): number {
  const value = numberParser(text)
  if (Number.isInteger(value) && value >= minimum) return value
  throw new FairleadError(
    'FL_USAGE',
    `expected a whole number of at least ${minimum}, not "${text}"`,
  )
}

/**
 * Parses a length of time such as `300ms`, `5s` or `2m`, or a number of seconds, to ms. For an action,
 * not a flag: stricli prints the stack of a parser that rejects.
 */
export async function durationMs(text: string): Promise<number> {
  const { durationMs: parser } = await import('../lab/duration.ts')
  const parsed = parser.safeParse(/^\d+$/.test(text) ? `${text}s` : text)
  if (parsed.success && parsed.data > 0) return parsed.data
  throw new FairleadError(
    'FL_USAGE',
    `Expected a length of time such as 300ms, 5s or 2m, not "${text}".`,
  )
}

/** `--output`: a table for people, or JSON for programs. */
export const outputFlag = {
  kind: 'enum',
  values: ['table', 'json'],
  default: 'table',
  brief: 'What to print on stdout',
} as const

/** `--cache`. */
export const cacheFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  brief: 'Where fetched runtimes are kept [default: $FAIRLEAD_CACHE or ~/.cache/fairlead]',
  placeholder: 'dir',
} as const
