import { type AgentReport, writeAgentReport } from '../agent-report.ts'
import { type Clock, wallClockMs } from '../ports.ts'
import type { Cluster } from './cluster/join.ts'
import type { Publisher } from './publisher.ts'
import type { Watchdog } from './watchdog.ts'

/** The same without what makes it a file. */
export type AgentState = Omit<AgentReport, 'kind' | 'version' | 'at'>

const EVERY_MS = 1_000

/** How an agent is at this moment. */
export function agentStateOf({
  publisher,
  watchdog,
  cluster,
}: {
  readonly publisher: Publisher
  readonly watchdog: Watchdog
  readonly cluster: Pick<Cluster, 'latePods'> | undefined
}): AgentState {
  const { published, waiting, quarantined } = publisher.status()
  return {
    runtime: { state: watchdog.state().kind, text: watchdog.text() },
    published: [...published],
    waiting: [...waiting].map(([network, reason]) => ({ network, reason })),
    quarantined: [...quarantined].map(([file, reason]) => ({ file, reason })),
    repairs: watchdog.repairs().map(({ at, why }) => ({ at, why })),
    latePods: (cluster?.latePods() ?? []).map((pod) => ({ ...pod, missing: [...pod.missing] })),
  }
}

/** Keeps the status file until the signal is aborted: written anew when something has changed. */
export async function keepAgentReport(
  file: string,
  state: () => AgentState,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const body = state()
    const text = JSON.stringify(body)
    if (text !== last) {
      last = text
      const at = new Date(wallClockMs()).toISOString()
      await writeAgentReport(file, { kind: 'fairlead.dev/agent-status', version: 1, at, ...body })
    }
    await clock.sleep(EVERY_MS, signal).catch(() => undefined)
  }
}
