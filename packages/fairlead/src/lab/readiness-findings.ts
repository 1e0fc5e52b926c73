import { confFileNames } from '@fairlead/cni'
import { KUBELET, type ReadyCondition } from '../kubelet/ready-condition.ts'
import type { Finding, Timed } from './judge.ts'
import type { Scenario } from './scenario.ts'
import { length, longest, seconds } from './spans.ts'
import type { TraceEvent, TrialEvent } from './trace.ts'
import { silences } from './trace-queries.ts'

/** One boot of the node, and the Ready condition that its kubelet would have posted. */
export interface Boot {
  readonly startMs: number
  readonly ready: readonly ReadyCondition[]
}

/** What was seen of a node's readiness. */
export interface Readiness {
  readonly trace: readonly TraceEvent[]
  readonly header: TrialEvent
  /** In their order; at least one. */
  readonly boots: readonly Boot[]
}

/** Where a node or its network was not ready when it should have been. */
export function readinessFindings(seen: Readiness): Finding[] {
  const { expect } = seen.header.scenario
  return [
    ...(expect.readyWithin === undefined ? [] : lateReady(seen, expect.readyWithin)),
    ...(expect.readyKept ? lostReady(seen) : []),
    ...(expect.networkKept ? lostNetwork(seen) : []),
  ]
}

/** Whether the time that a node has to become Ready is over when the trace ends. */
export function isTimeOver(
  { trace }: Readiness,
  { atMost, after }: NonNullable<Scenario['expect']['readyWithin']>,
): boolean {
  const fromMs = referenceMs(trace, after)
  return fromMs === undefined || (trace.at(-1)?.atMs ?? fromMs) - fromMs > atMost
}

function lateReady(
  { trace, boots }: Readiness,
  { atMost, after }: NonNullable<Scenario['expect']['readyWithin']>,
): Finding[] {
  const fromMs = referenceMs(trace, after)
  if (fromMs === undefined) return []
  const readyMs = readyFrom(trace, boots, after)
  const endMs = readyMs ?? trace.at(-1)?.atMs ?? fromMs
  const during = { startMs: fromMs, endMs }
  const took = length(during)
  // A step that waited in vain has cut the time short.
  if (took <= atMost) return []
  const late = {
    atMs: fromMs + atMost,
    timed: { excessMs: took - atMost, during, made: 'chain' },
  } as const
  if (readyMs === undefined) {
    const wasReady = boots.some(({ ready }) => ready.some(({ status }) => status === 'True'))
    const again = wasReady ? ' again' : ''
    return [{ word: 'wedge', reason: `The node was never Ready${again}.`, ...late }]
  }
  const reason = `The node was Ready after ${seconds(took)}; ${seconds(atMost)} are allowed.`
  return [{ word: 'flap', reason, ...late }]
}

function referenceMs(trace: readonly TraceEvent[], after: string | undefined): number | undefined {
  const event = trace.find((candidate) =>
    after === undefined
      ? candidate.type === 'runtime' && candidate.phase === 'serving'
      : candidate.type === 'step' && candidate.id === after,
  )
  return event?.atMs
}

/** When the node is Ready at the reference or first after it; after a reboot, by its new kubelet's word. */
function readyFrom(
  trace: readonly TraceEvent[],
  boots: readonly Boot[],
  after: string | undefined,
): number | undefined {
  const fromMs = referenceMs(trace, after) ?? 0
  const step = trace.find((event) => event.type === 'step' && event.id === after)
  const stepEnd = trace.find(
    (event) =>
      event.type === 'step' &&
      event.phase !== 'begin' &&
      step?.type === 'step' &&
      event.index === step.index,
  )
  const bootedByMs = after === undefined ? fromMs : (stepEnd?.atMs ?? fromMs)
  const ready = boots.findLast(({ startMs }) => startMs <= bootedByMs)?.ready ?? []
  const inForce = ready.findLast(({ atMs }) => atMs <= fromMs)
  if (inForce?.status === 'True') return fromMs
  return ready.find(({ atMs, status }) => atMs > fromMs && status === 'True')?.atMs
}

/** NotReady after Ready, in one boot: while a node boots, it is NotReady. */
function lostReady({ trace, header, boots }: Readiness): Finding[] {
  const posted = header.kubelet === undefined ? 'would have posted' : 'posted'
  return boots
    .flatMap(({ ready }) => {
      const firstTrue = ready.findIndex((condition) => condition.status === 'True')
      return firstTrue === -1 ? [] : ready.slice(firstTrue)
    })
    .filter((condition) => condition.status === 'False')
    .slice(0, 1)
    .map((condition) => ({
      word: 'flap',
      reason: `kubelet ${posted} NotReady at ${seconds(condition.atMs)}: ${condition.message}`,
      atMs: condition.atMs,
      ...downFor(trace, condition),
    }))
}

function lostNetwork({ trace }: Readiness): Finding[] {
  let wasReady = false
  for (const event of trace) {
    // A runtime that starts again may take its time to know its networks.
    if (event.type === 'runtime' && event.phase === 'started') wasReady = false
    if (event.type !== 'status' || event.outcome.kind !== 'answered') continue
    const { atMs, outcome } = event
    if (wasReady && !outcome.networkReady.status) {
      const { reason, message } = outcome.networkReady
      return [
        {
          word: 'flap',
          atMs,
          reason: `A network that worked was lost at ${seconds(atMs)}: ${reason}, ${message}. ${readFirst(trace, atMs)}`,
        },
      ]
    }
    wasReady ||= outcome.networkReady.status
  }
  return []
}

/** Which conf file the runtime read first at that time, and since when it was as it was. */
function readFirst(trace: readonly TraceEvent[], atMs: number): string {
  const files = new Map<string, { atMs: number; sizeBytes: number }>()
  for (const event of trace) {
    if (event.type !== 'conf' || event.atMs > atMs) continue
    if (event.sizeBytes === null) files.delete(event.file)
    else files.set(event.file, { atMs: event.atMs, sizeBytes: event.sizeBytes })
  }
  const [first] = confFileNames([...files.keys()])
  if (first === undefined) return 'No conf file was there.'
  const state = files.get(first)
  return `${first} is read first; it was written at ${seconds(state?.atMs ?? 0)} (${state?.sizeBytes ?? 0} bytes).`
}

/** The evidence for a condition that kubelet comes to by the clock. */
export function downFor(
  trace: readonly TraceEvent[],
  { message }: ReadyCondition,
): { readonly timed?: Timed } {
  if (!message.includes('container runtime is down')) return {}
  const during = longest(silences(trace, 'kubelet')) ?? { startMs: 0, endMs: 0 }
  const excessMs = length(during) - KUBELET.maxWaitForContainerRuntimeMs
  return { timed: { excessMs, during, made: 'gap' } }
}
