import type { Answers, Checks } from '../../health-server.ts'
import { checksOf, createProgress } from '../../loop-progress.ts'
import type { Clock } from '../../ports.ts'
import { processUse, setProcessUse } from '../../process-metrics.ts'
import type { Tally } from '../tally.ts'
import type { ControllerEvent } from './controller.ts'
import { createControllerMetrics, setUpgrades } from './controller-metrics.ts'

/** What a controller says to who asks: Prometheus, kubelet. */
export interface ControllerTelling {
  readonly saw: (event: ControllerEvent) => void
  readonly answers: Answers
}

/**
 * Longer than a look takes at an upgrade whose every call runs into its deadline; a controller that cannot reach the API
 * server is not stuck, and to start it anew would not help.
 */
const QUIET_AT_MOST_MS = 900_000

/** Tells others how a controller is. */
export function createControllerTelling(
  clock: Pick<Clock, 'now'>,
  about: { readonly version: string; readonly startedAtMs: number },
): ControllerTelling {
  const metrics = createControllerMetrics(about.version, about.startedAtMs)
  const progress = createProgress({ looking: QUIET_AT_MOST_MS }, clock)
  const upgrades = new Map<string, { readonly tally: Tally; readonly atMs: number }>()
  let lease: 'unknown' | 'mine' | 'of another' = 'unknown'
  let trouble: string | undefined

  const leads = (event: Extract<ControllerEvent, { type: 'leader' }>['event']): void => {
    trouble = event.type === 'failed' ? event.error.message : undefined
    if (event.type === 'failed') {
      metrics.add('fairlead_controller_api_errors_total', ['lease'])
      return
    }
    lease = event.type === 'leading' ? 'mine' : 'of another'
    // Whoever has the Lease tells of them.
    if (lease !== 'mine') upgrades.clear()
  }

  return {
    saw: (event) => {
      // Who waits for the Lease looks at nothing, and hears of it every few seconds.
      progress.goesOn('looking')
      switch (event.type) {
        case 'leader':
          leads(event.event)
          return
        case 'watch':
          metrics.add('fairlead_controller_api_errors_total', ['watch'])
          return
        case 'looked':
          upgrades.set(event.upgrade, { tally: event.tally, atMs: clock.now() })
          return
        case 'gone':
          upgrades.delete(event.upgrade)
          return
        case 'event':
          metrics.add('fairlead_controller_api_errors_total', ['event'])
          return
        case 'work':
          if (event.event.type === 'failed') {
            metrics.add('fairlead_controller_api_errors_total', ['upgrade'])
          }
          return
        case 'turn':
      }
    },
    answers: {
      metrics: () => {
        metrics.set('fairlead_controller_leader', [], lease === 'mine' ? 1 : 0)
        const seen = [...upgrades].map(
          ([name, { tally, atMs }]) => [name, { tally, ageMs: clock.now() - atMs }] as const,
        )
        setUpgrades(metrics, new Map(seen))
        setProcessUse(metrics, processUse())
        return metrics.text()
      },
      healthz: () => (lease === 'mine' ? checksOf(progress) : new Map([['looking', undefined]])),
      readyz: (): Checks =>
        new Map([
          [
            'lease',
            trouble ?? (lease === 'unknown' ? 'nobody has told yet who has it' : undefined),
          ],
        ]),
    },
  }
}
