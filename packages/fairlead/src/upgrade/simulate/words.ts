import type { PolicyResult, SimulationReport, Spread } from './simulate.ts'

/** A row of the table: what a policy came to. */
export interface Row {
  readonly policy: string
  readonly hurt: string
  readonly broken: string
  readonly onNew: string
  readonly took: string
  readonly ended: string
}

export const HEADINGS: Readonly<Record<keyof Row, string>> = {
  policy: 'policy',
  hurt: 'hurt',
  broken: 'hurt at the end',
  onNew: 'on the new version',
  took: 'took',
  ended: 'ended',
}

/** What a policy came to, in words. */
export function rowOf({ policy, hurt, broken, onNew, tookMs, ended }: PolicyResult): Row {
  // What is still under way when nothing happens any more waits for somebody to come.
  const ends = Object.entries(ended).map(
    ([phase, times]) => [phase === 'Progressing' ? 'stuck' : phase, times] as const,
  )
  return {
    policy,
    hurt: spreadText(hurt, count),
    broken: spreadText(broken, count),
    onNew: spreadText(onNew, count),
    took: spreadText(tookMs, timeText),
    ended: ends
      .map(([phase, times]) => (ends.length === 1 ? phase : `${phase} ${times}`))
      .join(', '),
  }
}

/** What was played, as a sentence. */
export function playedText({ nodes, runs, seed, fault }: SimulationReport): string {
  const clusters = runs === 1 ? 'One cluster' : `${count(runs)} clusters`
  const [from, to] = fault.showsAfterMs
  const after = from === to ? timeText(from) : `${timeText(from)} to ${timeText(to)}`
  const what =
    fault.rate === 0
      ? 'the new version has no fault'
      : `the new version breaks ${Number((fault.rate * 100).toFixed(2))} % of them, ${after} after they were Ready`
  const middle = runs === 1 ? '' : ' Numbers are the median and, in brackets, the most.'
  return `${clusters} of ${count(nodes)} nodes, seed ${seed}; ${what}.${middle}`
}

/** A number with thousands marked. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** A length of time in its two largest units: `45s`, `12m 30s`, `3h 05m`. */
export function timeText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  if (hours > 0) return `${hours}h ${two(minutes)}m`
  return minutes > 0 ? `${minutes}m ${two(seconds % 60)}s` : `${seconds}s`
}

function spreadText({ median, max }: Spread, text: (value: number) => string): string {
  return median === max ? text(median) : `${text(median)} (${text(max)})`
}
