import { durationText } from '../../duration.ts'
import { FairleadError } from '../../errors.ts'

/** From, to. */
export type Range = readonly [number, number]

/** What is wrong with the new version. */
export interface Fault {
  /** On which share of the nodes it shows. */
  readonly rate: number
  /** How long after the node was Ready with it, in ms. */
  readonly showsAfterMs: Range
}

/** How the simulated nodes and their API server are. */
export interface Nature {
  /** How long a node is not Ready when its version changes, in ms. */
  readonly bootMs: Range
  /** How long it takes until a drained node is empty. */
  readonly drainMs: Range
  /** The share of nodes that are not Ready for a moment some time within ten minutes after they were. */
  readonly flaps: number
  /** How long such a moment is. */
  readonly flapMs: Range
  /** The share of nodes that fail in a day, whatever they run: they are not Ready until they are repaired. */
  readonly outages: number
  /** How long until they are. */
  readonly outageMs: Range
  /** The share of writes to the API that fail. */
  readonly apiErrors: number
}

export const NATURE: Nature = {
  bootMs: [20_000, 90_000],
  drainMs: [10_000, 240_000],
  flaps: 0.002,
  flapMs: [1_000, 10_000],
  outages: 0,
  outageMs: [300_000, 24 * 3_600_000],
  apiErrors: 0.01,
}

/** Reads `rate=0.3,shows-after=45s`. Fails with FL_USAGE. */
export function faultOf(text: string): Fault {
  const values = valuesOf('fault', text, ['rate', 'shows-after'])
  const rate = shareOf('fault', 'rate', values.get('rate') ?? '')
  const showsAfterMs = rangeOf('fault', 'shows-after', values.get('shows-after') ?? '45s')
  return { rate, showsAfterMs }
}

/** Reads `boot=20s..90s,flaps=0.01`; what is not named is as in {@link NATURE}. Fails with FL_USAGE. */
export function natureOf(text: string): Nature {
  const values = valuesOf('nature', text, [
    'boot',
    'drain',
    'flaps',
    'flap-for',
    'outages',
    'outage-for',
    'api-errors',
  ])
  const share = (key: string, usual: number) => {
    const given = values.get(key)
    return given === undefined ? usual : shareOf('nature', key, given)
  }
  const range = (key: string, usual: Range) => {
    const given = values.get(key)
    return given === undefined ? usual : rangeOf('nature', key, given)
  }
  return {
    bootMs: range('boot', NATURE.bootMs),
    drainMs: range('drain', NATURE.drainMs),
    flaps: share('flaps', NATURE.flaps),
    flapMs: range('flap-for', NATURE.flapMs),
    outages: share('outages', NATURE.outages),
    outageMs: range('outage-for', NATURE.outageMs),
    apiErrors: Math.min(share('api-errors', NATURE.apiErrors), 0.9),
  }
}

function valuesOf(
  flag: string,
  text: string,
  known: readonly string[],
): ReadonlyMap<string, string> {
  const pairs = text.split(',').filter((part) => part.trim() !== '')
  return new Map(
    pairs.map((part) => {
      const [key = '', value, more] = part.split('=').map((piece) => piece.trim())
      if (value === undefined || more !== undefined || !known.includes(key)) {
        throw refusal(flag, `"${part}" is not one of ${known.map((one) => `${one}=…`).join(', ')}`)
      }
      return [key, value] as const
    }),
  )
}

function shareOf(flag: string, key: string, text: string): number {
  const isPercent = text.endsWith('%')
  const digits = isPercent ? text.slice(0, -1) : text
  const value = /^\d+(\.\d+)?$/.test(digits) ? Number(digits) / (isPercent ? 100 : 1) : Number.NaN
  if (value >= 0 && value <= 1) return value
  throw refusal(flag, `${key} is a share such as 0.3 or 30%, not "${text}"`)
}

function rangeOf(flag: string, key: string, text: string): Range {
  const parts = text.split('..')
  const [from = Number.NaN, to = from] = parts.map(
    (part) => durationText.safeParse(part).data ?? Number.NaN,
  )
  if (parts.length <= 2 && to >= from) return [from, to]
  throw refusal(flag, `${key} is a length of time such as 45s, or 30s..60s, not "${text}"`)
}

function refusal(flag: string, why: string): FairleadError {
  return new FairleadError('FL_USAGE', `--${flag}: ${why}.`)
}
