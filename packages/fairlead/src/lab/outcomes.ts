import type { Scenario } from './scenario.ts'
import { seconds } from './spans.ts'
import type { ExecEvent, PodEvent, TraceEvent } from './trace.ts'
import { statusCalls } from './trace-queries.ts'

/**
 * What a runtime has done that is not so or not asked for, as far as the scenario says what is: a
 * sentence for each. The time is over with the last answer of Status that the trace has.
 */
export function wrongOutcomes(
  trace: readonly TraceEvent[],
  { podsRunning, attached = {} }: Scenario['expect'],
): string[] {
  const untilMs = Math.max(0, ...statusCalls(trace).map((call) => call.atMs))
  const past = trace.filter((event) => event.atMs <= untilMs)
  return [
    ...(podsRunning === undefined ? [] : wrongPods(past, podsRunning)),
    ...Object.entries(attached).flatMap(([plugin, count]) => wrongAttached(past, plugin, count)),
  ]
}

/** What ADDs have made and no DEL has let go of, in words, by the plugin. */
export function standingAttachments(
  trace: readonly TraceEvent[],
): ReadonlyMap<string, { readonly plugin: string; readonly words: string }> {
  // An attachment is what ADD makes for one sandbox and interface (CNI spec section 2); it is let go
  // of by a DEL of the plugin that made it, through whichever network the runtime came.
  const standing = new Map<string, { plugin: string; words: string }>()
  for (const { plugin, verb, containerId, ifName, pod } of succeeded(trace)) {
    const key = `${plugin} ${ifName} ${containerId}`
    const words = `${plugin} ${ifName} of ${pod ?? 'a pod'} (${containerId.slice(0, 12)})`
    if (verb === 'ADD') standing.set(key, { plugin, words })
    if (verb === 'DEL') standing.delete(key)
  }
  return standing
}

function succeeded(trace: readonly TraceEvent[]): ExecEvent[] {
  return trace
    .filter((event) => event.type === 'exec')
    .filter(({ phase, outcome }) => phase === 'end' && outcome === 'succeeded')
}

/** A network that Status said to be ready before the step without which it cannot work. */
export function readyTooEarly(trace: readonly TraceEvent[], step: string): string[] {
  const fromMs = trace.find((event) => event.type === 'step' && event.id === step)?.atMs
  const early = statusCalls(trace).find(
    ({ atMs, outcome }) =>
      outcome.kind === 'answered' &&
      outcome.networkReady.status &&
      atMs < (fromMs ?? Number.POSITIVE_INFINITY),
  )
  if (early === undefined) return []
  return [
    `Status said at ${seconds(early.atMs)} that the network is ready, though it cannot work before ` +
      `the step ${step}${fromMs === undefined ? '' : ` at ${seconds(fromMs)}`}.`,
  ]
}

function wrongPods(past: readonly TraceEvent[], expected: number): string[] {
  const done = past
    .filter((event): event is PodEvent => event.type === 'pod' && event.phase === 'end')
    .filter(({ error }) => error === undefined)
  const running = new Set<string>()
  for (const { call, pod, attempt } of done) {
    if (call === 'RunPodSandbox') running.add(`${pod} ${attempt}`)
    else running.delete(`${pod} ${attempt}`)
  }
  if (running.size === expected) return []
  const lastError = past
    .filter((event): event is PodEvent => event.type === 'pod' && event.phase === 'end')
    .findLast(({ call, error }) => call === 'RunPodSandbox' && error !== undefined)?.error
  const why = lastError === undefined ? '' : ` The last failure: ${lastError}`
  return [`${count(running.size, 'pod')} ran in the end; ${expected} should.${why}`]
}

function wrongAttached(past: readonly TraceEvent[], plugin: string, expected: number): string[] {
  const standing = [...standingAttachments(past).values()].filter(
    (attachment) => attachment.plugin === plugin,
  )
  if (standing.length === expected) return []
  return [
    `${count(standing.length, 'attachment')} of ${plugin} stood in the end; ${expected} should.`,
  ]
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
