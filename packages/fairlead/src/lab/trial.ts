import { readdir, readFile } from 'node:fs/promises'
import { FairleadError, messageOf } from '../errors.ts'
import { type Clock, settlesWithin } from '../ports.ts'
import { ConfDir } from './conf-dir.ts'
import { startTrialNode, NODE_DIR, type TrialNode } from './node/trial-node.ts'
import { observe, type StatusSoFar } from './observers.ts'
import { Multus } from './plugins/multus.ts'
import { type ExecutionObserver, PluginHost, type Role } from './plugins/plugin-host.ts'
import { endpointRole, loopbackRole } from './plugins/roles.ts'
import { Pods } from './pods.ts'
import { prepareContainerd, type RunningContainerd } from './runtimes/containerd.ts'
import type { ContainerdInstall } from './runtimes/install.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { runSteps } from './steps.ts'
import { type EndEvent, type TraceEvent, TRACE_VERSION, type TraceSink } from './trace.ts'
import { WEDGE_GRACE_MS, WEDGE_SILENCE_MS } from './verdict.ts'

/** How long pods may take to end once nothing holds them any more. */
const SETTLE_TIMEOUT_MS = 10_000
const POLL_MS = 100

/** One scenario, once, on one runtime. */
export interface TrialOptions {
  readonly loaded: LoadedScenario
  readonly install: ContainerdInstall
  /** Counts from 1. */
  readonly trial: number
  readonly sink: TraceSink
  /** Where the runtime's own log goes. */
  readonly logFile: string
  readonly clock: Clock
  /** Aborting ends the trial, its node and everything in it. */
  readonly signal: AbortSignal
}

/**
 * Runs a trial to its end and leaves nothing behind but the trace and the log. What the runtime
 * does wrong is in the trace; so is a failure of the lab itself (`end`, reason `failed`). Does
 * not throw.
 */
export async function runTrial(options: TrialOptions): Promise<void> {
  const startMs = options.clock.now()
  const atMs = () => Math.round((options.clock.now() - startMs) * 10) / 10
  let closed = false
  const sink: TraceSink = {
    write: (event) => {
      if (!closed) options.sink.write(event)
    },
  }
  sink.write({
    type: 'trial',
    traceVersion: TRACE_VERSION,
    atMs: 0,
    startedAt: new Date().toISOString(),
    scenario: options.loaded.scenario,
    runtime: { name: options.install.name, version: options.install.version.text },
    trial: options.trial,
  })
  const end = await runInNode({ ...options, sink, atMs }).catch(
    (error: unknown): Omit<EndEvent, 'atMs'> =>
      options.signal.aborted
        ? { type: 'end', reason: 'aborted' }
        : { type: 'end', reason: 'failed', message: describe(error) },
  )
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
  const { install, loaded, clock, sink, atMs } = context
  await using node = await startTrialNode()
  const prepared = await prepareContainerd(install, node)
  const executions = new ExecutionLog(sink, atMs)
  const multus = new Multus(clock, (path) => readFile(node.outside(path), 'utf8'))
  await using host = await PluginHost.start({
    outsideDir: node.outside(`${NODE_DIR}/plugins`),
    insideDir: `${NODE_DIR}/plugins`,
    binDir: prepared.binDir.outside,
    roles: rolesOf(loaded, multus),
    observer: executions,
    clock,
  })
  const confDir = new ConfDir({ ...prepared.confDir, clock })
  const onChange = (file: string, sizeBytes: number | null) => {
    sink.write({ type: 'conf', atMs: atMs(), file, sizeBytes })
  }
  for (const name of loaded.scenario.confDirAtStart) {
    const installer = loaded.stack.installers[name]
    if (installer !== undefined) onChange(installer.file, await confDir.leave(installer))
  }
  using _watch = confDir.watch(onChange)

  sink.write({ type: 'runtime', phase: 'started', atMs: atMs() })
  const runtime = await prepared.start({ logFile: context.logFile, clock, signal: context.signal })
  sink.write({ type: 'runtime', phase: 'serving', atMs: atMs() })
  const crash = watchForCrash(runtime, context)
  const observers = new AbortController()
  const { soFar, ended } = observe({
    socketPath: runtime.socketPath,
    clock,
    atMs,
    sink,
    signal: AbortSignal.any([observers.signal, context.signal]),
  })
  using pods = new Pods({ socketPath: runtime.socketPath, clock, atMs, sink })
  const stopPods = new AbortController()
  const signal = AbortSignal.any([context.signal, crash.signal])
  try {
    await runSteps(loaded, {
      confDir,
      host,
      multus,
      pods,
      soFar,
      clock,
      sink,
      atMs,
      podSignal: AbortSignal.any([stopPods.signal, signal]),
      signal,
    })
    const decided = await watchSteady(loaded.scenario.steady, {
      soFar,
      executions,
      ...context,
      signal,
    })
    host.releaseAll()
    observers.abort()
    await ended
    if (!decided) await cleanUp({ pods, stopPods, node, ...context, signal })
    return endOf(executions, decided ? 'decided' : 'completed')
  } catch (error) {
    if (!crash.signal.aborted) throw error
    return endOf(executions, 'completed')
  } finally {
    stopPods.abort()
    observers.abort()
    crash.expect()
    await ended
    await runtime.stop()
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
    roles.set(plugin.type, plugin.role === 'endpoint' ? endpointRole() : multus.shim)
  }
  return roles
}

/** Writes executions to the trace and remembers when the last one ended. */
class ExecutionLog implements ExecutionObserver {
  readonly #sink: TraceSink
  readonly #atMs: () => number
  #running = 0
  #lastEndMs = 0
  /** The lab's own failure to serve a plugin, if there was one. */
  lastFault: string | undefined

  constructor(sink: TraceSink, atMs: () => number) {
    this.#sink = sink
    this.#atMs = atMs
  }

  /** Ms since no plugin runs any more; 0 while one does. */
  quietForMs(): number {
    return this.#running > 0 ? 0 : this.#atMs() - this.#lastEndMs
  }

  readonly begin: ExecutionObserver['begin'] = (execution) => {
    this.#running += 1
    this.#sink.write(execEvent('begin', execution, this.#atMs()))
  }

  readonly end: ExecutionObserver['end'] = (execution, outcome) => {
    this.#running -= 1
    this.#lastEndMs = this.#atMs()
    this.#sink.write({ ...execEvent('end', execution, this.#lastEndMs), outcome })
  }

  readonly fault: ExecutionObserver['fault'] = (message) => {
    this.lastFault = message
  }
}

function execEvent(
  phase: 'begin' | 'end',
  execution: Parameters<ExecutionObserver['begin']>[0],
  atMs: number,
): Extract<TraceEvent, { type: 'exec' }> {
  const { id, plugin, verb, containerId, ifName } = execution
  const pod = execution.args.get('K8S_POD_NAME')
  return {
    type: 'exec',
    atMs,
    phase,
    id,
    plugin,
    verb,
    containerId,
    ifName,
    ...(pod === undefined ? {} : { pod }),
  }
}

/** Aborts its signal when the runtime's process ends before it was expected to. */
function watchForCrash(
  runtime: RunningContainerd,
  { sink, atMs }: Context,
): { readonly signal: AbortSignal; expect(): void } {
  const controller = new AbortController()
  let expected = false
  void runtime.exited.then((how) => {
    sink.write({ type: 'runtime', phase: 'exited', atMs: atMs(), message: how })
    if (!expected) controller.abort()
  })
  return {
    signal: controller.signal,
    expect: () => {
      if (expected) return
      expected = true
      sink.write({ type: 'runtime', phase: 'stopping', atMs: atMs() })
    },
  }
}

/**
 * Watches until `steadyMs` have passed with Status answering, and longer while it is silent: until it
 * answers again (false), or until it is sure that it will not (true).
 */
async function watchSteady(
  steadyMs: number,
  context: Context & { soFar: StatusSoFar; executions: ExecutionLog },
): Promise<boolean> {
  const { clock, atMs, soFar, executions, signal } = context
  const untilMs = atMs() + steadyMs
  for (;;) {
    const silentForMs = atMs() - (soFar.lastAnswerMs ?? 0)
    const sure = silentForMs >= WEDGE_SILENCE_MS && executions.quietForMs() >= WEDGE_GRACE_MS
    if (sure) return true
    const silent = silentForMs > 2000
    if (atMs() >= untilMs && !(silent && executions.quietForMs() > 0)) return false
    await clock.sleep(POLL_MS, signal)
  }
}

/** Removes every pod, so that what is left of them shows. */
async function cleanUp(
  context: Context & { pods: Pods; stopPods: AbortController; node: TrialNode },
): Promise<void> {
  const { pods, stopPods, node, clock, signal, sink, atMs } = context
  await settlesWithin(pods.settled(), { clock, timeoutMs: SETTLE_TIMEOUT_MS, signal })
  stopPods.abort()
  await pods.settled()
  if (!(await pods.removeAll(signal))) return
  sink.write({ type: 'pods-removed', atMs: atMs(), netns: await netnsLeft(node) })
}

async function netnsLeft(node: TrialNode): Promise<string[]> {
  const dir = '/run/netns'
  const names = await readdir(node.outside(dir)).catch(() => [])
  return names.map((name) => `${dir}/${name}`)
}
