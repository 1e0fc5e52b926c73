/**
 * Who may work when. Operations of one sandbox come one after the other, as the CNI spec wants it, and
 * at most so many run at once in all; both queues are served in the order of arrival, so that a sandbox
 * with many operations is in nobody's way. Nothing that answers questions passes here.
 */
export interface Turns {
  /** Runs `work` when it is the sandbox's turn. */
  readonly take: <T>(sandbox: string, work: () => Promise<T>) => Promise<T>
  /**
   * Runs `work` while no operation runs (CNI spec 1.1.0 section 3: GC is exclusive), if there is none
   * now; those that come meanwhile wait until it is done. Undefined where one runs: nobody waits for a
   * garbage collection that waits for others.
   */
  readonly takeAll: <T>(work: () => Promise<T>) => Promise<T> | undefined
  /** Those of which an operation runs or waits. */
  readonly sandboxes: () => Iterable<string>
}

/** Turns for at most `atOnce` operations. */
export function turns(atOnce: number): Turns {
  const last = new Map<string, Promise<unknown>>()
  const waiting: (() => void)[] = []
  let running = 0
  let pending = 0
  const gate: { closed?: Promise<void> } = {}

  const enter = async (): Promise<void> => {
    while (gate.closed !== undefined) await gate.closed
    if (running < atOnce) {
      running += 1
      return
    }
    // The place is handed over: `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    take: async (sandbox, work) => {
      pending += 1
      const before = last.get(sandbox)
      const mine = (async () => {
        await before
        await enter()
        try {
          return await work()
        } finally {
          leave()
        }
      })()
      const done = mine.then(
        () => {},
        // Whoever asked for it is told; the next one only waits.
        () => {},
      )
      last.set(sandbox, done)
      try {
        return await mine
      } finally {
        pending -= 1
        if (last.get(sandbox) === done) last.delete(sandbox)
      }
    },
    takeAll: (work) => {
      if (pending > 0 || gate.closed !== undefined) return undefined
      const mine = work()
      const open = () => {
        delete gate.closed
      }
      gate.closed = mine.then(open, open)
      return mine
    },
    sandboxes: () => last.keys(),
  }
}
