import path from 'node:path'
import { createCni, systemClock as timers } from '@fairlead/cni'
import { connectCri } from '@fairlead/cri'
import { FairleadError, messageOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import { isListening } from '../listening.ts'
import { type Clock, systemClock, wallClockMs } from '../ports.ts'
import type { AgentEvent } from './agent-event.ts'
import type { Cluster } from './cluster/join.ts'
import type { Probe, ProbeWorld } from './cluster/probe.ts'
import type { AgentConfig } from './config.ts'
import { keepEvidence } from './evidence.ts'
import { loadedBy } from './loaded.ts'
import { publishedAt, repairsAt } from './memory.ts'
import { endPlugins } from './end-plugins.ts'
import { OWN_PLUGIN, pluginProcesses } from '../plugin-processes.ts'
import { openPublishedDir } from './published-dir.ts'
import { createPublisher } from './publisher.ts'
import { agentStateOf, keepAgentReport } from './report.ts'
import { runRestart } from './restart-command.ts'
import { lookAt } from './runtime-watch.ts'
import { sourceDirs } from './source-dirs.ts'
import { openSources } from './sources.ts'
import { createTelling, type Loop } from './telling.ts'
import { createWatchdog } from './watchdog.ts'

/** Before a part that has failed begins again: what failed is often there again by then. */
const AGAIN_MS = 5_000

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
  const { env, signal } = options
  let cluster: Cluster | undefined
  let probe: Probe | undefined
  const { stateDir } = config
  const clock = systemClock
  const telling = createTelling(config, { env, clock })
  const onEvent = (event: AgentEvent) => {
    telling.saw(event)
    options.onEvent(event)
    cluster?.tell(event)
  }
  /** The same, and a sign that the loop that does it goes on. */
  const passing =
    <Args extends readonly unknown[], Result>(loop: Loop, run: (...args: Args) => Result) =>
    (...args: Args): Result => {
      telling.goesOn(loop)
      return run(...args)
    }
  const [name = '', value = ''] = OWN_PLUGIN.split('=')
  const cni = createCni({ binDirs: config.binDirs, env: { ...env, [name]: value } })
  await usable('stateDir', stateDir, makeDir)
  await usable('statusFile', path.dirname(config.statusFile), makeDir)
  const dir = await usable('confDir', config.confDir, openPublishedDir)
  let hint = () => {}
  using sources = await openSources({
    cni,
    confDir: sourceDirs(config.sourceDirs),
    settleMs: config.publish.settle,
    clock: timers,
    onEvent: (event) => {
      if (event.type === 'rejected' || event.type === 'blind' || event.type === 'sighted') {
        onEvent(event)
      }
      hint()
    },
  })
  // Both look often; what is known to be no plugin is known to both.
  const others = new Map<number, number>()
  const plugins = () => pluginProcesses(others)
  using cri = telling.measured(connectCri(config.socket))
  using verbose = connectCri(config.socket)
  const { timeout: timeoutMs } = config.watchdog
  const watchdog = createWatchdog(
    {
      look: passing('watching', lookAt(cri, { timeoutMs, clock, signal })),
      memory: repairsAt(path.join(stateDir, 'repairs.json')),
      plugins,
      keepEvidence: (moment) => keepEvidence(config, moment, { cri, clock, signal }),
      endPlugins,
      restart: (restarting) => runRestart(config.watchdog.restart, { signal: restarting }),
      restartLeave: () => cluster?.restartLeave() ?? { kind: 'granted' },
      clock,
      date: () => new Date(wallClockMs()),
      onEvent: (event) => {
        onEvent(event)
        hint()
      },
    },
    config.watchdog,
  )
  const publisher = createPublisher(
    {
      ...sources,
      dir: { ...dir, read: passing('publishing', dir.read) },
      memory: publishedAt(path.join(stateDir, 'published.json')),
      setAsideDir: path.join(stateDir, 'set-aside'),
      cni,
      runtime: {
        ...watchdog,
        loaded: loadedBy(verbose, { timeoutMs, clock, signal }),
      },
      plugins: passing('publishing', plugins),
      isListening,
      clock,
      onEvent,
    },
    config.publish,
  )
  hint = publisher.hint
  const world = { onEvent, clock, signal }
  if (config.kubernetes !== undefined) {
    // Only here: what it takes to talk to an API server is loaded where there is one.
    const { joinCluster, realCluster } = await import('./cluster/join.ts')
    const runtime = watchdog.state
    probe = await probeOf(config, { runtime, clock, onEvent })
    const probed = probe?.last
    const node = { networks: sources.networks, publisher, runtime, probed, clock, onEvent }
    const real = realCluster(config.kubernetes, env)
    cluster = joinCluster(config.kubernetes, { ...node, ...real })
  }
  const [joined, probing] = [cluster, probe]
  const state = () => agentStateOf({ publisher, watchdog, cluster })
  await Promise.all([
    ...(joined === undefined
      ? []
      : [kept('talking to the API server', () => joined.run(signal), world)]),
    ...(probing === undefined
      ? []
      : [kept('probing with a pod', () => probing.run(signal), world)]),
    kept('publishing', () => publisher.run(signal), world),
    kept('watching the runtime', () => watchdog.run(signal), world),
    kept(
      'reporting',
      () => keepAgentReport(config.statusFile, passing('reporting', state), world),
      world,
    ),
    ...telling.parts(state, signal).map(({ what, run }) => kept(what, run, world)),
  ])
}

/** The probe that the config wants. It is loaded only then. */
async function probeOf(
  { socket, kubernetes }: AgentConfig,
  world: Pick<ProbeWorld, 'runtime' | 'clock' | 'onEvent'>,
): Promise<Probe | undefined> {
  if (kubernetes?.probe === undefined) return undefined
  const { createProbe, realRuntime } = await import('./cluster/probe.ts')
  return createProbe({ ...world, ...realRuntime(socket) }, kubernetes.probe)
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
      await world.clock.sleep(AGAIN_MS, world.signal).catch(() => undefined)
    }
  }
}

/** Makes or opens a folder of the config. */
async function usable<T>(key: string, dir: string, open: (dir: string) => Promise<T>): Promise<T> {
  try {
    return await open(dir)
  } catch (error) {
    throw new FairleadError('FL_AGENT_DIR', `${dir} cannot be used: ${messageOf(error)}.`, {
      hint: `The agent writes there, as root: mend the folder, or name another as ${key} in its config.`,
      cause: error,
    })
  }
}
