import { readdir } from 'node:fs/promises'
import { type Clock, settlesWithin, waitUntil } from '../ports.ts'
import type { TrialNode } from './node/trial-node.ts'
import type { Pods } from './pods.ts'
import type { TraceSink } from './trace.ts'

/** How long pods may take to end once nothing holds them any more. */
const SETTLE_TIMEOUT_MS = 10_000
/** How long it is tried to take them from a runtime that goes on. */
const REMOVE_TIMEOUT_MS = 20_000

/** Removes every pod, so that what is left of them shows. */
export async function cleanUp(context: {
  readonly pods: Pods
  readonly stopPods: AbortController
  readonly node: TrialNode
  readonly netnsBefore: readonly string[]
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly sink: TraceSink
  readonly atMs: () => number
}): Promise<void> {
  const { pods, stopPods, node, netnsBefore, clock, signal, sink, atMs } = context
  await settlesWithin(pods.settled(), { clock, timeoutMs: SETTLE_TIMEOUT_MS, signal })
  stopPods.abort()
  await pods.settled()
  if (!(await pods.removeAll(signal))) return
  const netns = (await netnsOf(node)).filter((file) => !netnsBefore.includes(file))
  sink.write({ type: 'pods-removed', atMs: atMs(), netns })
}

/**
 * Takes the pods of a trial from a runtime that goes on, however the trial ended. A pod whose making was
 * cut off may be listed late, so that they are gone when none is listed twice.
 */
export async function leaveNoPods(
  pods: Pods,
  {
    clock,
    onLeftBehind,
  }: { readonly clock: Clock; readonly onLeftBehind: (problem: string) => void },
): Promise<void> {
  // Not the trial's: that one may be what has ended it.
  const { signal } = new AbortController()
  await settlesWithin(pods.settled(), { clock, timeoutMs: SETTLE_TIMEOUT_MS })
  let noneListed = 0
  const areGone = await waitUntil(
    async () => {
      const left = await pods.list(signal)
      noneListed = left?.length === 0 ? noneListed + 1 : 0
      if (left !== undefined && left.length > 0) await pods.removeAll(signal)
      return noneListed === 2
    },
    { clock, everyMs: 250, timeoutMs: REMOVE_TIMEOUT_MS },
  )
  if (areGone) return
  const ids = (await pods.list(signal))?.map(({ id }) => id.slice(0, 13))
  onLeftBehind(
    ids === undefined
      ? 'The runtime does not list its pods, so those of the lab may be left. Look for pod-1, pod-2 and so on.'
      : `Pods of the lab could not be removed from the runtime: ${ids.join(', ')}.`,
  )
}

/** The network namespaces that have a name in a node. */
export async function netnsOf(node: TrialNode): Promise<string[]> {
  const dir = '/run/netns'
  const names = await readdir(node.outside(dir)).catch(() => [])
  return names.map((name) => `${dir}/${name}`)
}
