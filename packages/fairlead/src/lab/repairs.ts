import { readAgentReport } from '../agent-report.ts'
import type { Clock } from '../ports.ts'
import type { TrialNode } from './node/trial-node.ts'
import { AGENT_STATUS_PATH } from './runtimes/guard.ts'
import type { TraceSink } from './trace.ts'

const LOOK_EVERY_MS = 500

/** Where repairs are told. */
export interface RepairsOptions {
  readonly node: Pick<TrialNode, 'outside'>
  readonly clock: Clock
  readonly sink: TraceSink
  readonly atMs: () => number
  readonly signal: AbortSignal
}

/** Writes to the trace what the agent of a node says that it has repaired. Ends with the signal. */
export async function watchRepairs(options: RepairsOptions): Promise<void> {
  const { node, clock, sink, atMs, signal } = options
  const told = new Set<string>()
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
      // The signal ends the loop.
    })
    // There is none before the agent has begun, nor after a reboot.
    const report = await readAgentReport(node.outside(AGENT_STATUS_PATH)).catch(() => undefined)
    for (const { at, why } of report?.repairs ?? []) {
      if (told.has(at)) continue
      told.add(at)
      sink.write({ type: 'repair', atMs: atMs(), why })
    }
  }
}
