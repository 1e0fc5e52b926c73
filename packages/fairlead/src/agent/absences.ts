import type { Clock } from '../ports.ts'

/** How long files have been gone, each without a break. */
export interface Absences {
  /** Takes notice of who is gone now; whoever is back begins anew when it goes again. */
  readonly note: (gone: ReadonlySet<string>) => void
  /** In ms; undefined for a file that is not gone. */
  readonly forMs: (file: string) => number | undefined
}

/** Counts from the first note of an absence. */
export function absences(clock: Clock): Absences {
  const sinceMs = new Map<string, number>()
  return {
    note: (gone) => {
      for (const file of sinceMs.keys()) if (!gone.has(file)) sinceMs.delete(file)
      for (const file of gone) if (!sinceMs.has(file)) sinceMs.set(file, clock.now())
    },
    forMs: (file) => {
      const since = sinceMs.get(file)
      return since === undefined ? undefined : clock.now() - since
    },
  }
}
