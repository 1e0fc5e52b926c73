import { readFile, rm } from 'node:fs/promises'
import { FairleadError, messageOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { ConfDir } from './conf-dir.ts'
import { ExecutionLog } from './execution-log.ts'
import type { KubeletInstall } from './kubelet/kubelet-install.ts'
import { RealKubelet } from './kubelet/real-kubelet.ts'
import { watchLateness } from './lateness.ts'
import type { Looks } from './looks.ts'
import { useThisMachine } from './node/this-machine.ts'
import { startTrialNode } from './node/trial-node.ts'
import type { StatusSoFar } from './observers.ts'
import { Multus } from './plugins/multus.ts'
import { PluginBinaries } from './plugins/plugin-binaries.ts'
import { PluginHost } from './plugins/plugin-host.ts'
import { rolesOf, sourcesOf } from './plugins/stack-plugins.ts'
import { netnsOf } from './pods-end.ts'
import { RuntimeLife } from './runtime-life.ts'
import { cgroupParentOf } from './runtimes/cgroup-parent.ts'
import { agentLogOf } from './runtimes/guard.ts'
import type { RuntimeInstall } from './runtimes/install.ts'
import { settleNetwork } from './runtimes/socket.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { setAside } from './set-aside.ts'
import { plainSteps } from './step.ts'
import { changeNode } from './steps.ts'
import { type EndEvent, TRACE_VERSION, type TraceSink } from './trace.ts'
import { rowName } from './upgrade.ts'
import { watchSteps } from './watched-steps.ts'

/** One scenario, once, on one runtime. */
export interface TrialOptions {
  readonly loaded: LoadedScenario
  readonly install: RuntimeInstall
  /** A real kubelet to run beside it, if any; not with a runtime that is there already. */
  readonly kubelet?: KubeletInstall | undefined
  /** Counts from 1. */
  readonly trial: number
  readonly sink: TraceSink
  /** Where the runtime's own log goes. */
  readonly logFile: string
  readonly clock: Clock
  /** Told what could not be taken back on a runtime that was there already, and what to do. */
  readonly onLeftBehind: (problem: string) => void
  /** Aborting ends the trial, its node and everything in it. */
  readonly signal: AbortSignal
}

/**
 * Runs a trial to its end and leaves nothing behind but the trace and the log. What the runtime
 * does wrong is in the trace; so is a failure of the lab itself (`end`, reason `failed`).
 *
 * @throws {FairleadError} FL_REPORT_DIR where the trace cannot be written; then, too, nothing is left.
 */
export async function runTrial(options: TrialOptions): Promise<void> {
  const startMs = options.clock.now()
  const atMs = () => Math.round((options.clock.now() - startMs) * 10) / 10
  let closed = false
  // Observers write from where nobody would catch it.
  let untold: unknown
  const broken = new AbortController()
  const sink: TraceSink = {
    write: (event) => {
      if (closed || broken.signal.aborted) return
      try {
        options.sink.write(event)
      } catch (error) {
        untold = error
        broken.abort()
      }
    },
  }
  sink.write({
    type: 'trial',
    traceVersion: TRACE_VERSION,
    atMs: 0,
    startedAt: new Date().toISOString(),
    scenario: options.loaded.scenario,
    runtime: { name: rowName(options.install), version: options.install.version.text },
    trial: options.trial,
    ...(options.kubelet === undefined ? {} : { kubelet: options.kubelet.version }),
  })
  const ended = new AbortController()
  const lateness = watchLateness({ clock: options.clock, atMs, sink, signal: ended.signal })
  const signal = AbortSignal.any([options.signal, broken.signal])
  const end = await runInNode({ ...options, signal, sink, atMs }).catch(
    (error: unknown): Omit<EndEvent, 'atMs'> =>
      options.signal.aborted
        ? { type: 'end', reason: 'aborted' }
        : { type: 'end', reason: 'failed', message: describe(error) },
  )
  ended.abort()
  await lateness
  if (broken.signal.aborted) {
    throw new FairleadError('FL_REPORT_DIR', `The trace cannot be written: ${messageOf(untold)}.`, {
      hint: 'Is the disk full? Name another folder by --report.',
      cause: untold,
    })
  }
  sink.write({ ...end, atMs: atMs() })
  closed = true
}

function describe(error: unknown): string {
  const hint = error instanceof FairleadError && error.hint !== undefined ? ` ${error.hint}` : ''
  return `${messageOf(error)}${hint}`
}

interface Context extends TrialOptions {
  readonly atMs: () => number
}

async function runInNode(context: Context): Promise<Omit<EndEvent, 'atMs'>> {
  const { loaded, install, clock, sink, atMs } = context
  await using node =
    install.kind === 'socket' ? await useThisMachine() : await startTrialNode(clock)
  const netnsBefore = await netnsOf(node)
  const soFar: StatusSoFar = { lastAnswerMs: undefined, networkReady: false, loaded: undefined }
  // A runtime that starts again adds to its log; the log of an earlier run is not this one's.
  const kubeletLogFile = context.logFile.replace(/\.log$/, '.kubelet.log')
  for (const file of [context.logFile, kubeletLogFile, agentLogOf(context.logFile)]) {
    await rm(file, { force: true })
  }
  const runtime = await RuntimeLife.prepare({ ...context, node, soFar })
  const executions = new ExecutionLog(sink, atMs)
  await using multus = new Multus(
    clock,
    (file) => readFile(node.outside(file), 'utf8'),
    // On a machine that is not the lab's a real one may be listening.
    install.kind === 'socket' ? undefined : node.outside('/run/multus/multus.sock'),
  )
  const hostDir = `${node.dir}/plugins`
  const roles = rolesOf(loaded, multus)
  await using host = await PluginHost.start({
    outsideDir: node.outside(hostDir),
    roles,
    observer: executions,
    clock,
  })
  const sources = sourcesOf(loaded, roles, hostDir)
  const folders = install.kind === 'socket' ? install.folders : undefined
  await using _aside =
    folders === undefined
      ? undefined
      : await setAside(folders, [...sources.keys()], context.onLeftBehind)
  await using binaries = await PluginBinaries.install(runtime.binDir.outside, sources)
  const confDir = new ConfDir({ ...runtime.confDir, loaded: runtime.loadedDir, clock })
  let looks: Looks | undefined
  const onChange = (file: string, sizeBytes: number | null) => {
    sink.write({ type: 'conf', atMs: atMs(), file, sizeBytes })
    looks?.changed()
  }
  for (const name of loaded.scenario.confDirAtStart) {
    const installer = loaded.stack.installers[name]
    if (installer !== undefined) onChange(installer.file, await confDir.leave(installer))
  }
  if (plainSteps(loaded.scenario.steps).some((step) => step.do === 'repoint-conf-dir')) {
    await confDir.becomeLink()
  }
  using _watch = confDir.watch(onChange)
  for (const step of loaded.scenario.beforeStart) {
    await changeNode(step, loaded, {
      node,
      confDir,
      host,
      binaries,
      multus,
      clock,
      signal: context.signal,
    })
  }

  if (folders !== undefined) {
    await settleNetwork(runtime.socket.outside, loaded.scenario.confDirAtStart.length > 0, context)
  }
  const cgroupParent =
    install.kind === 'socket' ? await cgroupParentOf(runtime.socket.outside, context.signal) : ''
  const kubelet =
    context.kubelet === undefined
      ? undefined
      : new RealKubelet({
          ...context,
          install: context.kubelet,
          node,
          criSocketPath: runtime.socket.inside,
          logFile: kubeletLogFile,
        })
  await kubelet?.startApiServer()
  await runtime.start()
  // Awaited here: what this function holds is disposed of when it returns.
  const parts = {
    node,
    netnsBefore,
    cgroupParent,
    soFar,
    runtime,
    kubelet,
    executions,
    confDir,
    host,
    binaries,
    multus,
    onLooks: (made: Looks) => {
      looks = made
    },
  }
  return await watchSteps(context, parts)
}
