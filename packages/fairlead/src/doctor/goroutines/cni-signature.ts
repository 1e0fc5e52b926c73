import { type CniLock, lockWaitOf, type LockWait } from './cni-locks.ts'
import { pluginExecutionOf, type PluginExecution } from './plugin-execution.ts'
import type { StackGroup } from './stack-groups.ts'

/** Goroutines that wait for one lock in one way. */
export interface Waiting {
  readonly group: StackGroup
  readonly wait: LockWait
}

/** Goroutines that wait for one kind of execution. */
export interface Executing {
  readonly group: StackGroup
  readonly execution: PluginExecution
}

/** Who waits for a lock, and who has it. */
export interface LockQueue {
  readonly lock: CniLock
  /** They have it for reading, and ask for it again: with a writer between, none of them ever goes on. */
  readonly again: readonly Waiting[]
  readonly writers: readonly Waiting[]
  readonly readers: readonly Waiting[]
  /** Plugins that run meanwhile, under the lock. */
  readonly executing: readonly Executing[]
}

/** What a dump shows of CNI. */
export interface CniSignature {
  /** One for each lock that somebody waits for. */
  readonly queues: readonly LockQueue[]
  /** Every execution of a plugin, under a lock or not. */
  readonly executing: readonly Executing[]
}

/** Tells the goroutines that have to do with CNI apart by what they wait for. */
export function cniSignatureOf(groups: readonly StackGroup[]): CniSignature {
  const executing = groups.flatMap((group) => {
    const execution = pluginExecutionOf(group.frames)
    return execution === undefined ? [] : [{ group, execution }]
  })
  const waiting = groups.flatMap((group) => {
    const wait = lockWaitOf(group.frames)
    return wait === undefined ? [] : [{ group, wait }]
  })
  const queues = queuesOf(waiting).map(([first, ...more]) => {
    const { lock } = first.wait
    const queue = [first, ...more]
    const again = queue.filter(({ wait }) => wait.holdsIt)
    return {
      lock,
      again,
      writers: queue.filter(({ wait }) => wait.mode === 'write'),
      readers: queue.filter((each) => each.wait.mode === 'read' && !again.includes(each)),
      executing: executing.filter(({ execution }) => execution.under.includes(lock)),
    }
  })
  return { queues, executing }
}

/** One queue for each lock. Which object it belongs to only matters where the dump knows several. */
function queuesOf(waiting: readonly Waiting[]): (readonly [Waiting, ...Waiting[]])[] {
  return [...Map.groupBy(waiting, ({ wait }) => wait.lock).values()].flatMap((queue) => {
    const receivers = new Set(queue.flatMap(({ wait }) => wait.receiver ?? []))
    const parts =
      receivers.size < 2 ? [queue] : Map.groupBy(queue, ({ wait }) => wait.receiver).values()
    return [...parts].flatMap(([first, ...more]) =>
      first === undefined ? [] : [[first, ...more] as const],
    )
  })
}
