/** A family of metrics, as it is declared. */
export interface MetricFamily {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Names of its labels, in the order that values are given in. */
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

interface Series {
  readonly labels: readonly string[]
  value: number
  /** How many observations each bucket has taken, and how many the last one, which has no bound. */
  readonly counts: number[]
}

/** Values of the families of one table, as Prometheus scrapes them. */
export interface Metrics<Name extends string> {
  readonly add: (name: Name, labels?: readonly string[], by?: number) => void
  readonly set: (name: Name, labels: readonly string[], value: number) => void
  readonly observe: (name: Name, labels: readonly string[], value: number) => void
  /** Forgets the series of a gauge, before those that are true now are set. */
  readonly clear: (name: Name) => void
  /** The text format, version 0.0.4. */
  readonly text: () => string
}

/** The media type of {@link Metrics.text}. */
export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Metrics by the text format of Prometheus. Of our own, since it is all that is needed of a client
 * library: `@prometheus-io/client` takes 18 MiB of the 80 that the agent may have.
 */
export function createMetrics<Name extends string>(
  families: Readonly<Record<Name, MetricFamily>>,
): Metrics<Name> {
  const values = new Map<Name, Map<string, Series>>()
  const seriesOf = (name: Name, labels: readonly string[]): Series => {
    const all = values.get(name) ?? new Map<string, Series>()
    values.set(name, all)
    const key = labels.join('\0')
    const counts = Array.from(families[name].buckets ?? [], () => 0)
    const series = all.get(key) ?? { labels, value: 0, counts: [...counts, 0] }
    all.set(key, series)
    return series
  }
  return {
    add: (name, labels = [], by = 1) => {
      seriesOf(name, labels).value += by
    },
    set: (name, labels, value) => {
      seriesOf(name, labels).value = value
    },
    observe: (name, labels, value) => {
      const { buckets = [] } = families[name]
      const series = seriesOf(name, labels)
      const at = buckets.findIndex((bound) => value <= bound)
      const bucket = at === -1 ? buckets.length : at
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
      series.value += value
    },
    clear: (name) => {
      values.get(name)?.clear()
    },
    text: () => {
      const lines: string[] = []
      for (const [name, family] of Object.entries<MetricFamily>(families)) {
        // One without labels is there before it has counted anything, so that a rate has a beginning.
        if (family.labels.length === 0 && family.type === 'counter') seriesOf(name as Name, [])
        const series = [...(values.get(name as Name)?.values() ?? [])]
        if (series.length === 0) continue
        lines.push(`# HELP ${name} ${escaped(family.help)}`, `# TYPE ${name} ${family.type}`)
        for (const one of series) lines.push(...linesOf(name, family, one))
      }
      return `${lines.join('\n')}\n`
    },
  }
}

function linesOf(name: string, family: MetricFamily, { labels, value, counts }: Series): string[] {
  const pairs = family.labels.map((label, index) => [label, labels[index] ?? ''] as const)
  if (family.type !== 'histogram') return [`${name}${inBraces(pairs)} ${number(value)}`]
  let total = 0
  const buckets = [...(family.buckets ?? []), Infinity].map((bound, index) => {
    total += counts[index] ?? 0
    return `${name}_bucket${inBraces([...pairs, ['le', number(bound)]])} ${total}`
  })
  const end = inBraces(pairs)
  return [...buckets, `${name}_sum${end} ${number(value)}`, `${name}_count${end} ${total}`]
}

function inBraces(pairs: readonly (readonly [string, string])[]): string {
  if (pairs.length === 0) return ''
  return `{${pairs.map(([label, value]) => `${label}="${escaped(value).replaceAll('"', '\\"')}"`).join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function number(value: number): string {
  return value === Infinity ? '+Inf' : String(value)
}
