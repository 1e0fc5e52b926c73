import type { TraceEvent } from '../lab/trace.ts'

/** How much of the past is kept and shown. */
export const KEPT_MS = 600_000
/** What a storm of changes can make of it at most. */
const EVENTS_MAX = 20_000

/**
 * The trace without what is over since before `fromMs`. What still holds is kept, however old: the last answer
 * to a kubelet, what is loaded, what lies in the conf dir, the plugins that run.
 */
export function pruned(events: readonly TraceEvent[], fromMs: number): TraceEvent[] {
  const held = stillHolding(events.filter(({ atMs }) => atMs < fromMs))
  return events.filter((event) => event.atMs >= fromMs || held.has(event))
}

function stillHolding(past: readonly TraceEvent[]): ReadonlySet<TraceEvent> {
  const last = new Map<string, TraceEvent>()
  for (const event of past) {
    const what = whatItTells(event)
    if (what !== undefined) last.set(what, event)
  }
  return new Set([...last.values()].filter((event) => !isOver(event)))
}

/** What a later event of the same kind makes history; undefined for what holds no longer than it lasts. */
function whatItTells(event: TraceEvent): string | undefined {
  switch (event.type) {
    case 'status':
      return event.observer === 'kubelet' && event.outcome.kind === 'answered'
        ? 'answer'
        : undefined
    case 'cni-load':
      return 'load'
    case 'conf':
      return `file ${event.file}`
    case 'exec':
      return `plugin ${event.id}`
    default:
      return undefined
  }
}

function isOver(event: TraceEvent): boolean {
  if (event.type === 'exec') return event.phase === 'end'
  return event.type === 'conf' && event.sizeBytes === null
}

/** The trace of a node that is watched for as long as somebody likes: the latest of it, numbered from 1. */
export class LiveTrace {
  #kept: { readonly number: number; readonly event: TraceEvent }[] = []
  #count = 0
  #lastForgotten = 0

  write(event: TraceEvent): void {
    this.#count += 1
    this.#kept.push({ number: this.#count, event })
  }

  /** Forgets what has been over for so long that nobody is shown it. */
  prune(nowMs: number): void {
    const shown = pruned(this.events, nowMs - KEPT_MS).slice(-EVENTS_MAX)
    const kept = new Set(shown)
    const forgotten = this.#kept.findLast(({ event }) => !kept.has(event))
    this.#lastForgotten = Math.max(this.#lastForgotten, forgotten?.number ?? 0)
    this.#kept = this.#kept.filter(({ event }) => kept.has(event))
  }

  /** The number of the latest event. */
  get count(): number {
    return this.#count
  }

  /** What came after the event of a number; undefined where some of it is forgotten, or it has not been yet. */
  since(number: number): readonly TraceEvent[] | undefined {
    if (number < this.#lastForgotten || number > this.#count) return undefined
    return this.#kept.filter((entry) => entry.number > number).map(({ event }) => event)
  }

  /** All that is kept. */
  get events(): readonly TraceEvent[] {
    return this.#kept.map(({ event }) => event)
  }
}
