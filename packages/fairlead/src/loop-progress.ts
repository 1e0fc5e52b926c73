import type { Checks } from './health-server.ts'
import type { Clock } from './ports.ts'

/** Whether loops go on: each says so as often as it does, and may be quiet for so long. */
export interface Progress<Loop extends string> {
  readonly goesOn: (loop: Loop) => void
  readonly agesMs: () => ReadonlyMap<Loop, number>
  /** The loops that have been quiet for longer than they may, each with how long. */
  readonly stuck: () => ReadonlyMap<Loop, number>
}

/** The loops as checks of a probe: those that are stuck are not passed. */
export function checksOf(progress: Pick<Progress<string>, 'agesMs' | 'stuck'>): Checks {
  const stuck = progress.stuck()
  return new Map(
    [...progress.agesMs().keys()].map((loop) => {
      const ageMs = stuck.get(loop)
      const problem =
        ageMs === undefined ? undefined : `has not gone on for ${Math.round(ageMs / 1000)} s`
      return [loop, problem] as const
    }),
  )
}

/** Of loops that begin now. */
export function createProgress<Loop extends string>(
  quietAtMostMs: Readonly<Record<Loop, number>>,
  clock: Pick<Clock, 'now'>,
): Progress<Loop> {
  const loops = Object.entries<number>(quietAtMostMs) as [Loop, number][]
  const lastMs = new Map(loops.map(([loop]) => [loop, clock.now()]))
  const agesMs = () => new Map([...lastMs].map(([loop, atMs]) => [loop, clock.now() - atMs]))
  return {
    goesOn: (loop) => {
      lastMs.set(loop, clock.now())
    },
    agesMs,
    stuck: () => new Map([...agesMs()].filter(([loop, ageMs]) => ageMs > quietAtMostMs[loop])),
  }
}
