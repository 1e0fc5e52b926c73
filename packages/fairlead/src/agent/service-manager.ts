import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Clock } from '../ports.ts'

/** The manager that has started this process, as sd_notify(3) talks to it. */
export interface ServiceManager {
  /** Tells it assignments such as `READY=1`, `STATUS=...`. */
  readonly notify: (assignments: readonly string[]) => Promise<void>
  /** How often it wants to hear `WATCHDOG=1`, halved as sd_watchdog_enabled(3) advises; undefined: never. */
  readonly watchdogEveryMs: number | undefined
}

const NOTIFY_TIMEOUT_MS = 5_000
const LOOK_EVERY_MS = 1_000

/**
 * systemd, where it has started this process and waits to hear of it; undefined elsewhere.
 *
 * It is told by `systemd-notify`, which is wherever systemd is: Node.js has no datagram sockets of that
 * kind, and a native addon would have to be built for each platform. That is one short process each time.
 */
export function serviceManager(env: NodeJS.ProcessEnv, pid: number): ServiceManager | undefined {
  if (env['NOTIFY_SOCKET'] === undefined || env['NOTIFY_SOCKET'] === '') return undefined
  const { NOTIFY_SOCKET, PATH } = env
  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  // The variable may have been meant for the process that has started this one.
  const isMeant = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === pid
  return {
    notify: async (assignments) => {
      await promisify(execFile)('systemd-notify', [...assignments], {
        env: { NOTIFY_SOCKET, PATH },
        timeout: NOTIFY_TIMEOUT_MS,
        killSignal: 'SIGKILL',
      })
    },
    watchdogEveryMs: isMeant && watchdogMs > 0 ? watchdogMs / 2 : undefined,
  }
}

/**
 * Keeps the manager told until the signal: that the agent is ready, how it is, and, as often as it wants to
 * hear it and only while `isAlive`, that it is alive.
 */
export async function keepTold(
  manager: ServiceManager,
  agent: { readonly text: () => string; readonly isAlive: () => boolean },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { watchdogEveryMs = Infinity } = manager
  let told = ''
  let aliveAtMs = clock.now()
  await manager.notify(['READY=1'])
  while (!signal.aborted) {
    const status = `STATUS=${agent.text()}`
    const isDue = clock.now() - aliveAtMs >= watchdogEveryMs && agent.isAlive()
    const news = [...(status === told ? [] : [status]), ...(isDue ? ['WATCHDOG=1'] : [])]
    if (news.length > 0) await manager.notify(news)
    told = status
    if (isDue) aliveAtMs = clock.now()
    await clock.sleep(Math.min(LOOK_EVERY_MS, watchdogEveryMs / 4), signal).catch(() => undefined)
  }
  await manager.notify(['STOPPING=1'])
}
