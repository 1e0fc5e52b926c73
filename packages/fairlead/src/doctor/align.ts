import type { Fact } from './fact.ts'
import type { WrittenTime } from './formats/written-time.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** What a source tells of its own clock. */
export interface ClockHints {
  /** When a file of the source was last written, by its path. */
  readonly modifiedMs: ReadonlyMap<string, number>
}

/**
 * Gives each fact its time in UTC. A year that a line leaves out is the one that brings it nearest to
 * what is certain: a whole time in the same file, else the last write to it, else a whole time anywhere
 * in the source. A zone that is left out is that of the node's lines with one, else UTC. What stays
 * uncertain stays undefined: no year is made up.
 */
export function align(facts: readonly Fact[], { modifiedMs }: ClockHints): readonly Fact[] {
  const zones = zonesOf(facts)
  const wholeOfFile = new Map<string, number>()
  let wholeOfAny: number | undefined
  for (const { written, atMs, place } of facts) {
    const whole = atMs ?? (written?.hasYear === true ? utcOf(written, 0) : undefined)
    if (whole === undefined) continue
    wholeOfFile.set(place.source, Math.max(whole, wholeOfFile.get(place.source) ?? 0))
    wholeOfAny = Math.max(whole, wholeOfAny ?? 0)
  }
  return facts.map((fact) => {
    const { atMs, written, node, place } = fact
    if (atMs !== undefined || written === undefined) return fact
    const near = wholeOfFile.get(place.source) ?? modifiedMs.get(place.source) ?? wholeOfAny
    const zoneMin = zones.get(node) ?? 0
    return { ...fact, atMs: resolved(written, zoneMin, near) }
  })
}

/** The zone of each node, where its lines with a zone agree on one. */
function zonesOf(facts: readonly Fact[]): ReadonlyMap<string | undefined, number> {
  const zones = new Map<string | undefined, number>()
  for (const { node, written } of facts) {
    // Components that write UTC do so whatever the zone of the node is.
    if (written?.zoneMin === undefined || written.zoneMin === 0) continue
    zones.set(node, written.zoneMin)
  }
  return zones
}

function resolved(
  written: WrittenTime,
  zoneMin: number,
  near: number | undefined,
): number | undefined {
  const utc = utcOf(written, zoneMin)
  if (written.hasYear) return utc
  if (near === undefined) return undefined
  // A line is written before the file is written last; a day for a clock that is wrong.
  const candidates = [-1, 0, 1]
    .map((years) => withYear(utc, new Date(near).getUTCFullYear() + years))
    .filter((time) => time !== undefined)
  const before = candidates.filter((time) => time <= near + DAY_MS)
  return before.at(-1)
}

function utcOf({ wallMs, zoneMin }: WrittenTime, otherwiseMin: number): number {
  return wallMs - (zoneMin ?? otherwiseMin) * MINUTE_MS
}

/** The same day and hour in another year; undefined for 29 February where there is none. */
function withYear(ms: number, year: number): number | undefined {
  const date = new Date(ms)
  const day = date.getUTCDate()
  date.setUTCFullYear(year)
  return date.getUTCDate() === day ? date.getTime() : undefined
}
