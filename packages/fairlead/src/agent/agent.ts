import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { createCni } from '@fairlead/cni'
import { connectCri } from '@fairlead/cri'
import { type NetworksEvent, openNetworks } from '@fairlead/networks'
import { messageOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import { isListening } from '../listening.ts'
import { type Clock, systemClock, wallClockMs } from '../ports.ts'
import type { AgentConfig } from './config.ts'
import { keepEvidence } from './evidence.ts'
import { loadedBy } from './loaded.ts'
import { endPlugins, OWN_PLUGIN, pluginProcesses } from './plugin-processes.ts'
import { openPublishedDir, readConfigs, writeConfigs } from './published-dir.ts'
import { createPublisher, type Publisher, type PublisherEvent } from './publisher.ts'
import { writeAgentReport } from './report.ts'
import { lookAt, nextState, pluginText, type RuntimeState, stateText } from './runtime-watch.ts'
import { sourceDirs } from './source-dirs.ts'
import { type Repair, repairOf } from './watchdog.ts'

/** Something that an agent did or saw. */
export type AgentEvent =
  | PublisherEvent
  | Extract<NetworksEvent, { type: 'rejected' | 'blind' | 'sighted' }>
  | { readonly type: 'runtime'; readonly state: RuntimeState; readonly text: string }
  | {
      readonly type: 'repair'
      readonly repair: Exclude<Repair, { kind: 'none' }>
      readonly evidence: string
    }
  | { readonly type: 'failed'; readonly what: string; readonly reason: string }

const RESTART_TIMEOUT_MS = 60_000
const REPORT_EVERY_MS = 1_000
const REPAIRS_TOLD = 20
const FIVE_SECONDS_MS = 5_000

/**
 * Runs an agent until `signal` is aborted: the publisher keeps the runtime's conf dir, and the watchdog
 * watches the runtime. What is in the conf dir stays when it ends: the runtime needs no agent to go on.
 *
 * @throws {FairleadError} FL_AGENT_DIR when a folder of the config cannot be used.
 */
export async function runAgent(
  config: AgentConfig,
  options: {
    readonly env: NodeJS.ProcessEnv
    readonly onEvent: (event: AgentEvent) => void
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { onEvent, signal } = options
  const clock = systemClock
  const [name = '', value = ''] = OWN_PLUGIN.split('=')
  const cni = createCni({ binDirs: config.binDirs, env: { ...options.env, [name]: value } })
  await makeDir(config.stateDir)
  await makeDir(path.dirname(config.statusFile))
  const dir = await openPublishedDir(config.confDir)
  const loadedAtMs = new Map<string, number>()
  const lists = new Map<string, unknown>()
  using networks = await openNetworks({
    cni,
    confDir: sourceDirs(config.sourceDirs),
    policy: { kind: 'containerd', maxConfNum: 0 },
    settle: { quietMs: config.publish.settle, longestMs: config.publish.settle * 10 },
    onEvent: (event) => {
      if (event.type === 'loaded') {
        for (const network of event.snapshot.networks) {
          if (lists.get(network.name) === network.list) continue
          lists.set(network.name, network.list)
          loadedAtMs.set(network.name, clock.now())
        }
      }
      if (event.type === 'rejected' || event.type === 'blind' || event.type === 'sighted') {
        onEvent(event)
      }
    },
  })
  using cri = connectCri(config.socket)
  using verbose = connectCri(config.socket)
  const watch = watchdog(config, { cri, clock, onEvent })
  const lastGoodDir = path.join(config.stateDir, 'last-good')
  const publisher = createPublisher(
    {
      networks,
      loadedAtMs: (network) => loadedAtMs.get(network) ?? clock.now(),
      dir,
      lastGood: {
        read: () => readConfigs(lastGoodDir),
        write: (files) => writeConfigs(lastGoodDir, files),
      },
      setAsideDir: path.join(config.stateDir, 'set-aside'),
      cni,
      runtime: {
        state: watch.state,
        loaded: (loading) =>
          loadedBy(verbose, { timeoutMs: config.watchdog.timeout, signal: loading }),
      },
      plugins: pluginProcesses,
      isListening,
      clock,
      onEvent,
    },
    config.publish,
  )
  await Promise.all([
    kept('publishing', () => publisher.run(signal), { onEvent, clock, signal }),
    kept('watching the runtime', () => watch.run(signal), { onEvent, clock, signal }),
    kept('reporting', () => report(config, publisher, watch, clock, signal), {
      onEvent,
      clock,
      signal,
    }),
  ])
}

/** A fault of one part does not end the others: it is told, and the part begins again. */
async function kept(
  what: string,
  run: () => Promise<void>,
  world: {
    readonly onEvent: (event: AgentEvent) => void
    readonly clock: Clock
    readonly signal: AbortSignal
  },
): Promise<void> {
  while (!world.signal.aborted) {
    try {
      await run()
    } catch (error) {
      if (world.signal.aborted) return
      world.onEvent({ type: 'failed', what, reason: messageOf(error) })
      await world.clock.sleep(FIVE_SECONDS_MS, world.signal).catch(() => undefined)
    }
  }
}

interface Watchdog {
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly state: () => RuntimeState
  readonly text: () => string
  readonly repairs: () => readonly { readonly at: string; readonly why: string }[]
}

function watchdog(
  config: AgentConfig,
  world: {
    readonly cri: ReturnType<typeof connectCri>
    readonly clock: Clock
    readonly onEvent: (event: AgentEvent) => void
  },
): Watchdog {
  const { cri, clock, onEvent } = world
  const policy = config.watchdog
  const beganMs = clock.now()
  const repairs: { readonly atMs: number; readonly at: string; readonly why: string }[] = []
  let state: RuntimeState = { kind: 'unknown' }
  let text = stateText(state, [], beganMs)
  let lastReport = ''

  const look = async (signal: AbortSignal): Promise<void> => {
    const lookedMs = clock.now()
    const before = state
    state = nextState(before, await lookAt(cri, { timeoutMs: policy.timeout, signal }), lookedMs)
    const plugins = state.kind === 'stalled' ? await pluginProcesses() : []
    text = stateText(state, plugins, clock.now())
    if (state.kind !== before.kind) onEvent({ type: 'runtime', state, text })
    const repair = repairOf(
      {
        state,
        plugins,
        nowMs: clock.now(),
        runsForMs: clock.now() - beganMs,
        repairsAtMs: repairs.map(({ atMs }) => atMs),
      },
      policy,
    )
    if (repair.kind === 'none') {
      lastReport = ''
      return
    }
    // What is only said is said once for each silence.
    if (repair.kind === 'report' && lastReport !== '') return
    lastReport = repair.why
    const at = new Date(wallClockMs())
    const evidence = await keepEvidence(
      config,
      { at, why: repair.why, state: text, plugins },
      { cri, clock, signal },
    )
    if (repair.kind !== 'report') {
      repairs.push({ atMs: clock.now(), at: at.toISOString(), why: whyOf(repair) })
    }
    onEvent({ type: 'repair', repair, evidence })
    if (repair.kind === 'end-plugins') await endPlugins(repair.plugins)
    if (repair.kind === 'restart') await restart(policy.restart, signal)
  }

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await look(signal)
        await clock.sleep(policy.every, signal).catch(() => undefined)
      }
    },
    state: () => state,
    text: () => text,
    repairs: () => repairs.slice(-REPAIRS_TOLD).map(({ at, why }) => ({ at, why })),
  }
}

/** Why, and which plugins. */
export function whyOf(repair: Exclude<Repair, { kind: 'none' }>): string {
  return repair.kind === 'end-plugins'
    ? `${repair.why}: ${repair.plugins.map(pluginText).join(', ')}`
    : repair.why
}

async function restart([program = '', ...args]: readonly string[], signal: AbortSignal) {
  await promisify(execFile)(program, args, { timeout: RESTART_TIMEOUT_MS, signal })
}

async function report(
  config: AgentConfig,
  publisher: Publisher,
  watch: Watchdog,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const { published, waiting, quarantined } = publisher.status()
    const body = {
      runtime: { state: watch.state().kind, text: watch.text() },
      published: [...published],
      waiting: [...waiting].map(([network, reason]) => ({ network, reason })),
      quarantined: [...quarantined].map(([file, reason]) => ({ file, reason })),
      repairs: [...watch.repairs()],
    }
    const text = JSON.stringify(body)
    if (text !== last) {
      last = text
      const at = new Date(wallClockMs()).toISOString()
      await writeAgentReport(config.statusFile, {
        kind: 'fairlead.dev/agent-status',
        version: 1,
        at,
        ...body,
      })
    }
    await clock.sleep(REPORT_EVERY_MS, signal).catch(() => undefined)
  }
}
