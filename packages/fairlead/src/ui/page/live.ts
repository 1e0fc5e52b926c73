import { type ReadonlySignal, signal } from '@preact/signals'
import type { TraceEvent } from '../../lab/trace.ts'
import { KEPT_MS, pruned } from '../live-trace.ts'
import type { LiveUpdate } from '../live.ts'

/** What the server has told, and whether it still does. */
export interface Live {
  /** `lost`: the page asks for it again and again; `over`: it answers, but not to this page. */
  readonly connection: 'opening' | 'open' | 'lost' | 'over'
  readonly events: readonly TraceEvent[]
  /** The last; undefined before the first. */
  readonly update: LiveUpdate | undefined
}

/** Follows the node for as long as the page is open. */
export function followNode(): ReadonlySignal<Live> {
  const live = signal<Live>({ connection: 'opening', events: [], update: undefined })
  const source = new EventSource('/api/node')
  source.addEventListener('message', ({ data }) => {
    // Page and server are of one version: a server that starts anew has another token.
    const update: LiveUpdate = JSON.parse(data)
    live.value = { connection: 'open', events: after(live.value.events, update), update }
  })
  source.addEventListener('error', () => {
    const connection = source.readyState === EventSource.CLOSED ? 'over' : 'lost'
    live.value = { ...live.value, connection }
  })
  return live
}

/** The trace with what an update brings. */
export function after(events: readonly TraceEvent[], update: LiveUpdate): readonly TraceEvent[] {
  const known = update.isWhole ? update.events : [...events, ...update.events]
  return pruned(known, update.atMs - KEPT_MS)
}
