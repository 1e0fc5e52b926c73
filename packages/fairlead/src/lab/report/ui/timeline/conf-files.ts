import type { ConfSample } from '../../report.ts'

/** What happened to one file of the conf dir, or to several that share a row. */
export interface ConfFile {
  readonly name: string
  readonly samples: readonly ConfSample[]
}

const FILES_MAX = 8

/**
 * The files of the conf dir in the order runtimes load them. Writers that make up a temporary name
 * for each write leave many: beyond eight, those with the fewest events share the last row.
 */
export function confFiles(events: readonly ConfSample[]): ConfFile[] {
  const files = [...Map.groupBy(events, ({ file }) => file)]
    .map(([name, samples]) => ({ name, samples }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (files.length <= FILES_MAX) return files
  const own = new Set(
    files.toSorted((a, b) => b.samples.length - a.samples.length).slice(0, FILES_MAX - 1),
  )
  const others = files.filter((file) => !own.has(file))
  const samples = others.flatMap((file) => file.samples).toSorted((a, b) => a.atMs - b.atMs)
  return [
    ...files.filter((file) => own.has(file)),
    { name: `${others.length} other files`, samples },
  ]
}
