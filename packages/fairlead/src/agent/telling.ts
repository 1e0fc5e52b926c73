import type { CriClient } from '@fairlead/cri'
import { checksOf, createProgress } from '../loop-progress.ts'
import { type Clock, wallClockMs } from '../ports.ts'
import { processUse } from '../process-metrics.ts'
import type { Answers, Checks } from '../health-server.ts'
import { VERSION } from '../version.ts'
import { countEvent, createAgentMetrics, setGauges } from './agent-metrics.ts'
import type { AgentEvent } from './agent-event.ts'
import type { AgentConfig } from './config.ts'
import type { AgentState } from './report.ts'
import { keepTold, serviceManager } from './service-manager.ts'

/** What an agent does again and again. */
export type Loop = 'publishing' | 'watching' | 'reporting'

/** What the rest of the agent says, for others to hear it: Prometheus, kubelet, systemd. */
export interface Telling {
  readonly saw: (event: AgentEvent) => void
  /** A loop is where it comes by again and again. */
  readonly goesOn: (loop: Loop) => void
  /** The same client, whose Status calls are measured. */
  readonly measured: (cri: CriClient) => CriClient
  /** What is answered to who asks over HTTP. */
  readonly answers: (agent: () => AgentState) => Answers
  /** What is to be run until the signal, by what it is; only what somebody listens to. */
  readonly parts: (
    agent: () => AgentState,
    signal: AbortSignal,
  ) => readonly { readonly what: string; readonly run: () => Promise<void> }[]
}

/** Longer than anything that a loop waits for in one step: a restart of the runtime, plugins that are asked. */
const QUIET_AT_MOST_MS = 120_000

/** Tells others how an agent is, as its config and its service manager want it. */
export function createTelling(
  { http }: Pick<AgentConfig, 'http'>,
  { env, clock }: { readonly env: NodeJS.ProcessEnv; readonly clock: Clock },
): Telling {
  const metrics = createAgentMetrics(VERSION, wallClockMs() - process.uptime() * 1000)
  const progress = createProgress<Loop>(
    {
      publishing: QUIET_AT_MOST_MS,
      watching: QUIET_AT_MOST_MS,
      reporting: QUIET_AT_MOST_MS,
    },
    clock,
  )
  const metricsText = (agent: () => AgentState): string => {
    setGauges(metrics, {
      report: agent(),
      loopAgesMs: progress.agesMs(),
      use: processUse(),
    })
    return metrics.text()
  }
  const answers: Telling['answers'] = (agent) => ({
    metrics: () => metricsText(agent),
    healthz: () => checksOf(progress),
    readyz: () => readinessOf(agent()),
  })
  return {
    answers,
    saw: (event) => {
      countEvent(metrics, event, wallClockMs())
    },
    goesOn: progress.goesOn,
    measured: (cri) => ({
      ...cri,
      status: async (request, options) => {
        const answer = await cri.status(request, options)
        const outcome = answer.ok
          ? 'answered'
          : answer.error.reason === 'deadline'
            ? 'silent'
            : 'failed'
        const seconds = answer.latencyMs / 1000
        metrics.observe('fairlead_agent_runtime_status_duration_seconds', [outcome], seconds)
        return answer
      },
    }),
    parts: (agent, signal) => {
      const { address } = http
      const manager = serviceManager(env, process.pid)
      return [
        ...(address === undefined
          ? []
          : [
              {
                what: `answering on ${address}`,
                run: async () => {
                  // Loaded only where it is wanted: it takes some of the memory that an agent may have.
                  const { serveHttp } = await import('../health-server.ts')
                  await using _server = await serveHttp(address, answers(agent))
                  await untilAborted(signal)
                },
              },
            ]),
        ...(manager === undefined
          ? []
          : [
              {
                what: 'telling systemd',
                run: () => {
                  const isAlive = () => progress.stuck().size === 0
                  return keepTold(
                    manager,
                    { text: () => shortText(agent()), isAlive },
                    { clock, signal },
                  )
                },
              },
            ]),
      ]
    },
  }
}

/** Ready is an agent behind whom the runtime is: a roll-out that breaks a node's networks ends with it. */
function readinessOf({ runtime, waiting, quarantined }: AgentState): Checks {
  const isReady = runtime.state === 'ready'
  return new Map([
    ['runtime', isReady ? undefined : runtime.text],
    ...quarantined.map(({ file, reason }) => [file, `withdrawn: ${reason}`] as const),
    // Told, and no fault: a network may wait for a daemon for as long as that takes.
    ...waiting.map(({ network, reason }) => [`${network} (waits: ${reason})`, undefined] as const),
  ])
}

/** Without what changes from second to second. */
function shortText({ runtime, published, waiting }: AgentState): string {
  const waits =
    waiting.length === 0 ? '' : `, ${waiting.map(({ network }) => network).join(', ')} waits`
  return `runtime ${runtime.state}; published: ${published.join(', ') || 'nothing'}${waits}`
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}
