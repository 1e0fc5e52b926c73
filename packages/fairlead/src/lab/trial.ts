import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../errors.ts'
import { type Clock, settlesWithin, waitUntil } from '../ports.ts'
import { ConfDir } from './conf-dir.ts'
import { ExecutionLog } from './execution-log.ts'
import { useThisMachine } from './node/this-machine.ts'
import { startTrialNode, type TrialNode } from './node/trial-node.ts'
import type { KubeletInstall } from './kubelet/kubelet-install.ts'
import { RealKubelet } from './kubelet/real-kubelet.ts'
import { watchLateness } from './lateness.ts'
import { Observers, type StatusSoFar } from './observers.ts'
import { Multus } from './plugins/multus.ts'
import { PluginBinaries, type PluginSource } from './plugins/plugin-binaries.ts'
import { PluginHost, type Role } from './plugins/plugin-host.ts'
import { pluginScript } from './plugins/plugin-script.ts'
import { chainedRole, endpointRole, loopbackRole } from './plugins/roles.ts'
import { Pods } from './pods.ts'
import { watchRepairs } from './repairs.ts'
import { RuntimeLife } from './runtime-life.ts'
import { cgroupParentOf } from './runtimes/cgroup-parent.ts'
import { agentLogOf } from './runtimes/guard.ts'
import { isGuarded, type RuntimeInstall } from './runtimes/install.ts'
import { settleNetwork } from './runtimes/socket.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { setAside } from './set-aside.ts'
import { plainSteps } from './step.ts'
import { changeNode, runSteps } from './steps.ts'
import { type EndEvent, TRACE_VERSION, type TraceSink } from './trace.ts'
import { dumpWhenStuck } from './dumps.ts'
import { Looks } from './looks.ts'
import { rowName } from './upgrade.ts'
import { isWedgedAtLast, isWedgedWithin } from './wedge.ts'

/** How long pods may take to end once nothing holds them any more. */
const SETTLE_TIMEOUT_MS = 10_000
/** How long it is tried to take them from a runtime that goes on. */
const REMOVE_TIMEOUT_MS = 20_000

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

/** What a trial acts on, once its runtime serves. */
interface Parts {
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
async function watchSteps(context: Context, parts: Parts): Promise<Omit<EndEvent, 'atMs'>> {
  const { loaded, clock, sink, atMs } = context
  const { soFar, runtime, executions, host } = parts
  const socketPath = runtime.socket.outside
  const observers = new Observers({ ...context, socketPath, soFar, kubelet: parts.kubelet })
  observers.start()
  const { cgroupParent } = parts
  const logDirectory = `${parts.node.dir}/tmp`
  using pods = new Pods({ socketPath, logDirectory, cgroupParent, clock, atMs, sink })
  const stopPods = new AbortController()
  const signal = AbortSignal.any([context.signal, runtime.crashed])
  const podSignal = AbortSignal.any([stopPods.signal, signal])
  const watched = { soFar, executions, clock, sink, atMs, signal }
  const evidence = { ...watched, signal: podSignal }
  const looks = new Looks(
    {
      ...parts,
      ...evidence,
      pods,
      install: context.install,
      folders: runtime,
      pluginTypes: loaded.stack.plugins.map(({ type }) => type),
    },
    { isEmpty: loaded.scenario.confDirAtStart.length === 0 },
  )
  parts.onLooks(looks)
  const gathering = Promise.all([
    dumpWhenStuck(runtime, { ...evidence, openCallMs: () => pods.openCallMs }),
    looks.watch(),
    ...(isGuarded(context.install) ? [watchRepairs({ ...parts, ...evidence })] : []),
  ])
  try {
    const guarded = isGuarded(context.install)
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
    if (context.install.kind === 'socket') await leaveNoPods(pods, context)
    await runtime.leave()
  }
}

function endOf(executions: ExecutionLog, reason: 'completed' | 'decided'): Omit<EndEvent, 'atMs'> {
  return executions.lastFault === undefined
    ? { type: 'end', reason }
    : { type: 'end', reason: 'failed', message: executions.lastFault }
}

function rolesOf({ stack }: LoadedScenario, multus: Multus): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>([['loopback', loopbackRole()]])
  for (const plugin of stack.plugins) {
    if ('role' in plugin) roles.set(plugin.type, roleOf(plugin.role, multus))
  }
  return roles
}

function roleOf(role: 'endpoint' | 'chained' | 'multus-shim', multus: Multus): Role {
  switch (role) {
    case 'endpoint':
      return endpointRole()
    case 'chained':
      return chainedRole()
    case 'multus-shim':
      return multus.shim
  }
}

function sourcesOf(
  { stack, stackDir }: LoadedScenario,
  roles: ReadonlyMap<string, Role>,
  hostDir: string,
): ReadonlyMap<string, PluginSource> {
  const text = pluginScript(hostDir)
  const sources = new Map<string, PluginSource>()
  for (const type of roles.keys()) sources.set(type, { kind: 'script', text })
  for (const plugin of stack.plugins) {
    if (!('path' in plugin)) continue
    sources.set(plugin.type, { kind: 'file', path: path.resolve(stackDir, plugin.path) })
  }
  return sources
}

/** Removes every pod, so that what is left of them shows. */
async function cleanUp(context: {
  readonly pods: Pods
  readonly stopPods: AbortController
  readonly node: TrialNode
  readonly netnsBefore: readonly string[]
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly sink: TraceSink
  readonly atMs: () => number
}): Promise<void> {
  const { pods, stopPods, node, netnsBefore, clock, signal, sink, atMs } = context
  await settlesWithin(pods.settled(), { clock, timeoutMs: SETTLE_TIMEOUT_MS, signal })
  stopPods.abort()
  await pods.settled()
  if (!(await pods.removeAll(signal))) return
  const netns = (await netnsOf(node)).filter((file) => !netnsBefore.includes(file))
  sink.write({ type: 'pods-removed', atMs: atMs(), netns })
}

/**
 * Takes the pods of a trial from a runtime that goes on, however the trial ended. A pod whose making was
 * cut off may be listed late, so that they are gone when none is listed twice.
 */
async function leaveNoPods(pods: Pods, { clock, onLeftBehind }: Context): Promise<void> {
  // Not the trial's: that one may be what has ended it.
  const { signal } = new AbortController()
  await settlesWithin(pods.settled(), { clock, timeoutMs: SETTLE_TIMEOUT_MS })
  let noneListed = 0
  const areGone = await waitUntil(
    async () => {
      const left = await pods.list(signal)
      noneListed = left?.length === 0 ? noneListed + 1 : 0
      if (left !== undefined && left.length > 0) await pods.removeAll(signal)
      return noneListed === 2
    },
    { clock, everyMs: 250, timeoutMs: REMOVE_TIMEOUT_MS },
  )
  if (areGone) return
  const ids = (await pods.list(signal))?.map(({ id }) => id.slice(0, 13))
  onLeftBehind(
    ids === undefined
      ? 'The runtime does not list its pods, so those of the lab may be left. Look for pod-1, pod-2 and so on.'
      : `Pods of the lab could not be removed from the runtime: ${ids.join(', ')}.`,
  )
}

async function netnsOf(node: TrialNode): Promise<string[]> {
  const dir = '/run/netns'
  const names = await readdir(node.outside(dir)).catch(() => [])
  return names.map((name) => `${dir}/${name}`)
}
