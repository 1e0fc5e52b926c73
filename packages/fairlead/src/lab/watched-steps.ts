import type { Clock } from '../ports.ts'
import type { ConfDir } from './conf-dir.ts'
import { dumpWhenStuck } from './dumps.ts'
import type { ExecutionLog } from './execution-log.ts'
import type { RealKubelet } from './kubelet/real-kubelet.ts'
import { Looks } from './looks.ts'
import type { TrialNode } from './node/trial-node.ts'
import { Observers, type StatusSoFar } from './observers.ts'
import type { Multus } from './plugins/multus.ts'
import type { PluginBinaries } from './plugins/plugin-binaries.ts'
import type { PluginHost } from './plugins/plugin-host.ts'
import { Pods } from './pods.ts'
import { cleanUp, leaveNoPods } from './pods-end.ts'
import { watchRepairs } from './repairs.ts'
import type { RuntimeLife } from './runtime-life.ts'
import { isGuarded, type RuntimeInstall } from './runtimes/install.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { runSteps } from './steps.ts'
import type { EndEvent, TraceSink } from './trace.ts'
import { isWedgedAtLast, isWedgedWithin } from './wedge.ts'

/** A trial, as those see it who carry out its steps. */
export interface WatchedTrial {
  readonly loaded: LoadedScenario
  readonly install: RuntimeInstall
  readonly clock: Clock
  readonly sink: TraceSink
  readonly atMs: () => number
  readonly onLeftBehind: (problem: string) => void
  readonly signal: AbortSignal
}

/** What a trial acts on, once its runtime serves. */
export interface TrialParts {
  readonly node: TrialNode
  readonly netnsBefore: readonly string[]
  readonly cgroupParent: string
  readonly soFar: StatusSoFar
  readonly runtime: RuntimeLife
  readonly kubelet: RealKubelet | undefined
  readonly executions: ExecutionLog
  readonly confDir: ConfDir
  readonly host: PluginHost
  readonly binaries: PluginBinaries
  readonly multus: Multus
  /** Told who wants to know of changes of the conf dir. */
  readonly onLooks: (looks: Looks) => void
}

/** Carries out the scenario's steps under the eyes of the observers, and stops the runtime after. */
export async function watchSteps(
  trial: WatchedTrial,
  parts: TrialParts,
): Promise<Omit<EndEvent, 'atMs'>> {
  const { loaded, clock, sink, atMs } = trial
  const { soFar, runtime, executions, host } = parts
  const socketPath = runtime.socket.outside
  const observers = new Observers({ ...trial, socketPath, soFar, kubelet: parts.kubelet })
  observers.start()
  const { cgroupParent } = parts
  const logDirectory = `${parts.node.dir}/tmp`
  using pods = new Pods({ socketPath, logDirectory, cgroupParent, clock, atMs, sink })
  const stopPods = new AbortController()
  const signal = AbortSignal.any([trial.signal, runtime.crashed])
  const podSignal = AbortSignal.any([stopPods.signal, signal])
  const watched = { soFar, executions, clock, sink, atMs, signal }
  const evidence = { ...watched, signal: podSignal }
  const looks = new Looks(
    {
      ...parts,
      ...evidence,
      pods,
      install: trial.install,
      folders: runtime,
      pluginTypes: loaded.stack.plugins.map(({ type }) => type),
    },
    { isEmpty: loaded.scenario.confDirAtStart.length === 0 },
  )
  parts.onLooks(looks)
  const gathering = Promise.all([
    dumpWhenStuck(runtime, { ...evidence, openCallMs: () => pods.openCallMs }),
    looks.watch(),
    ...(isGuarded(trial.install) ? [watchRepairs({ ...parts, ...evidence })] : []),
  ])
  try {
    const guarded = isGuarded(trial.install)
    await runSteps(loaded, { ...parts, ...watched, observers, pods, podSignal, guarded })
    await looks.lookAtLast()
    let wedged = await isWedgedWithin(loaded.scenario.steady, watched)
    host.releaseAll()
    wedged ||= await isWedgedAtLast(watched)
    await observers.stop()
    if (!wedged) await cleanUp({ ...parts, ...watched, pods, stopPods })
    return endOf(executions, wedged ? 'decided' : 'completed')
  } catch (error) {
    if (!runtime.crashed.aborted) throw error
    return endOf(executions, 'completed')
  } finally {
    stopPods.abort()
    host.releaseAll()
    await observers.stop()
    await gathering
    if (trial.install.kind === 'socket') await leaveNoPods(pods, trial)
    await runtime.leave()
  }
}

function endOf(executions: ExecutionLog, reason: 'completed' | 'decided'): Omit<EndEvent, 'atMs'> {
  return executions.lastFault === undefined
    ? { type: 'end', reason }
    : { type: 'end', reason: 'failed', message: executions.lastFault }
}
