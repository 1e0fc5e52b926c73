import type { AgentReport } from '../agent-report.ts'
import type { OpenCall } from '../lab/observers.ts'
import type { TraceEvent } from '../lab/trace.ts'

/**
 * The contract between `fairlead ui` and its page, plain JSON: the node is told as a trace that goes on, so
 * that the page draws it as the report draws a trial. All times are ms since 1970.
 */
export interface LiveUpdate {
  readonly atMs: number
  /** Whether `events` are all that is known; otherwise what came since the last update. */
  readonly isWhole: boolean
  readonly events: readonly TraceEvent[]
  /** The Status calls that nobody has answered yet. */
  readonly open: readonly OpenCall[]
  readonly node: NodeFacts
}

/** What is known of the node now. */
export interface NodeFacts {
  readonly hostname: string
  readonly socketPath: string
  /** When the watch began. */
  readonly sinceMs: number
  /** When the first Status call at kubelet's pace ended, from which its status updates are reckoned. */
  readonly firstStatusMs?: number
  /** What the runtime says of itself; undefined until it has answered. */
  readonly runtime?: { readonly name: string; readonly version: string }
  /** The networks that the runtime has loaded; undefined where it does not say. */
  readonly networks?: readonly LiveNetwork[]
  /** The runtime's conf dir, where it or the user says which. */
  readonly confDir?: string
  /** What the agent says; undefined where none runs here. */
  readonly agent?: AgentReport
}

/** A network that the runtime has loaded. */
export interface LiveNetwork {
  readonly name: string
  /** In the order in which they run. */
  readonly plugins: readonly string[]
  /** Whether it can serve ADD, and why not; undefined where the runtime does not say it of each network. */
  readonly readiness?: { readonly state: string; readonly reason?: string }
}
