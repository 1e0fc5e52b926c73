import { FairleadError } from '../errors.ts'
import { BOOT_DEFAULTS, type BootOptions } from './boot-options.ts'
import { newSeed, SEED_BOUND } from '../random.ts'
import type { Search } from './report.ts'

/** Names in a replay string; the order is theirs. */
const FIELDS = {
  pods: 'pods',
  removals: 'removals',
  evictions: 'evictions',
  reloads: 'reloads',
  halves: 'halves',
  goings: 'goings',
  refusals: 'refusals',
  kills: 'kills',
  polls: 'polls',
  plugin: 'pluginMs',
  status: 'statusMs',
  load: 'loadMs',
  stall: 'stallMs',
} as const satisfies Readonly<Record<string, keyof BootOptions>>

/** More of anything makes more schedules than anybody can wait for. */
const MANY_MAX = 100

/** What differs from {@link BOOT_DEFAULTS}, as `pods=2,plugin=hang`; lengths of time in ms. */
export function formatBoot(options: BootOptions): string {
  return Object.entries(FIELDS)
    .filter(([, field]) => options[field] !== BOOT_DEFAULTS[field])
    .map(([name, field]) => `${name}=${options[field]}`)
    .join(',')
}

/** Reads what {@link formatBoot} wrote; undefined for anything else. */
export function parseBoot(text: string): BootOptions | undefined {
  const options: Record<string, number | string> = {}
  for (const part of text === '' ? [] : text.split(',')) {
    const [name = '', value = ''] = part.split('=')
    const field = Object.entries(FIELDS).find(([known]) => known === name)?.[1]
    if (field === undefined || !fits(name, value)) return undefined
    options[field] = /^\d+$/.test(value) ? Number(value) : value
  }
  return { ...BOOT_DEFAULTS, ...options }
}

function fits(name: string, value: string): boolean {
  if (name === 'plugin' && value === 'hang') return true
  if (name === 'status' && value === 'none') return true
  const isTime = ['plugin', 'status', 'load', 'stall'].includes(name)
  return /^\d{1,9}$/.test(value) && (isTime || Number(value) <= MANY_MAX)
}

/** Parses a whole number that a flag gives. */
export function wholeNumber(
  flag: string,
  text: string,
  { min = 0, max = MANY_MAX }: { readonly min?: number; readonly max?: number } = {},
): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new FairleadError(
    'FL_USAGE',
    `Expected a whole number from ${min} to ${max} for --${flag}, not "${text}".`,
  )
}

/** How to search, as flags say it. */
export interface SearchFlags {
  readonly strategy: Search['strategy']
  readonly runs?: string
  readonly preemptions: string
  readonly depth: string
  readonly seed?: string
}

/** The search that flags ask for. Fails with FL_USAGE. */
export function searchOf({ strategy, ...flags }: SearchFlags): Search {
  const usual = strategy === 'exhaustive' ? '1000000' : '10000'
  const runs = wholeNumber('runs', flags.runs ?? usual, { min: 1, max: 1e9 })
  if (strategy === 'exhaustive') {
    return { strategy, preemptions: wholeNumber('preemptions', flags.preemptions), runs }
  }
  const seed =
    flags.seed === undefined ? newSeed() : wholeNumber('seed', flags.seed, { max: SEED_BOUND - 1 })
  if (strategy === 'random') return { strategy, seed, runs }
  return { strategy, seed, depth: wholeNumber('depth', flags.depth, { min: 1 }), runs }
}
