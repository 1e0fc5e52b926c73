import { numberParser } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import { type Confidence, CONFIDENCES, type Shard } from '../lab/report/report.ts'

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

/** Parses a part of several: `2/5`. */
export function shardOf(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number)
  if (index >= 1 && index <= count) return { index, count }
  throw new FairleadError('FL_USAGE', `expected a part such as 1/4 or 4/4, not "${text}"`)
}

/**
 * Parses a length of time such as `300ms`, `5s` or `2m`, or a number of seconds, to ms. For an action,
 * not a flag: stricli prints the stack of a parser that rejects.
 */
export async function durationMs(text: string): Promise<number> {
  const { durationMs: parser } = await import('../duration.ts')
  const parsed = parser.safeParse(/^\d+$/.test(text) ? `${text}s` : text)
  if (parsed.success && parsed.data > 0) return parsed.data
  throw new FairleadError(
    'FL_USAGE',
    `Expected a length of time such as 300ms, 5s or 2m, not "${text}".`,
  )
}

/** Parses a confidence level in per cent. */
export function confidenceOf(text: string): Confidence {
  const confidence = CONFIDENCES.find((level) => String(level) === text)
  if (confidence !== undefined) return confidence
  throw new FairleadError('FL_USAGE', `expected one of ${CONFIDENCES.join(', ')}, not "${text}"`)
}

/** A flag that takes any text. */
export const textFlag = { kind: 'parsed', parse: String } as const

/** The same, which may be left out. */
export const optionalTextFlag = { ...textFlag, optional: true } as const

/** `--output`: a table for people, or JSON for programs. */
export const outputFlag = {
  kind: 'enum',
  values: ['table', 'json'],
  default: 'table',
  brief: 'What to print on stdout',
} as const

/** Where `fairlead lab run` leaves its report. */
export const REPORT_DIR = 'fairlead-report'

/** `--report` of a command that writes one. */
export function reportFlag(dir: string) {
  return {
    kind: 'parsed',
    parse: String,
    default: dir,
    brief: 'The folder that the report is written to',
    placeholder: 'dir',
  } as const
}

/** `--inline`. */
export const inlineFlag = {
  kind: 'boolean',
  default: false,
  withNegated: false,
  brief: 'Put the timelines into report.html, which then needs nothing beside it',
} as const

/** `--cache`. */
export const cacheFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  brief: 'Where fetched runtimes are kept [default: $FAIRLEAD_CACHE or ~/.cache/fairlead]',
  placeholder: 'dir',
} as const
