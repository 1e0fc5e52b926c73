import { numberParser } from '@stricli/core'
import { FairleadError } from '../errors.ts'

/** Parses a whole number of at least 1. */
export function count(text: string): number {
  const value = numberParser(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new FairleadError('FL_USAGE', `expected a whole number of at least 1, not "${text}"`)
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
