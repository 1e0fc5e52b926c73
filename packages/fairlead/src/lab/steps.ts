import { FairleadError } from '../errors.ts'
import { type Clock, waitUntil } from '../ports.ts'
import type { ConfDir } from './conf-dir.ts'
import type { Observers, StatusSoFar } from './observers.ts'
import { damageCache, setDisk } from './node/disk.ts'
import type { TrialNode } from './node/trial-node.ts'
import type { Multus } from './plugins/multus.ts'
import type { PluginBinaries } from './plugins/plugin-binaries.ts'
import type { PluginHost } from './plugins/plugin-host.ts'
import type { Pods } from './pods.ts'
import type { RuntimeLife } from './runtime-life.ts'
import type { Installer } from './stack.ts'
import { describeStep } from './step-text.ts'
import type { NodeStep, Step } from './step.ts'
import type { LoadedScenario } from './scenario-files.ts'
import type { TraceSink } from './trace.ts'

const POLL_MS = 20

/** What is there of a node before its runtime is. */
export interface NodeContext {
  readonly node: TrialNode
  readonly confDir: ConfDir
  readonly host: PluginHost
  readonly binaries: PluginBinaries
  readonly multus: Multus
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What the steps of a scenario act on. */
export interface StepContext extends NodeContext {
  readonly pods: Pods
  readonly runtime: RuntimeLife
  readonly observers: Observers
  readonly soFar: StatusSoFar
  readonly sink: TraceSink
  readonly atMs: () => number
  /** Ends the pods' attempts to start. */
  readonly podSignal: AbortSignal
  /** Whether an agent stands in front of the runtime. */
  readonly guarded: boolean
}

/** Carries out a scenario's steps in their order, until one waits in vain. */
export async function runSteps(loaded: LoadedScenario, context: StepContext): Promise<void> {
  for (const [index, step] of loaded.scenario.steps.entries()) {
    const what = { type: 'step', index, text: describeStep(step), ...idOf(step) } as const
    context.sink.write({ ...what, phase: 'begin', atMs: context.atMs() })
    const done = await carryOut(step, loaded, context)
    const phase = done ? 'end' : endInVain(step, context)
    context.sink.write({ ...what, phase, atMs: context.atMs() })
    if (phase === 'in-vain') return
  }
}

/**
 * How a step ends that waited for what did not come. An agent may see to it that a plugin is never run,
 * because what it would wait for is not there: the danger is averted, the steps go on, and what shall hold is
 * judged all the same.
 */
export function endInVain(
  step: Step,
  { guarded }: Pick<StepContext, 'guarded'>,
): 'in-vain' | 'averted' {
  return guarded && step.do === 'wait-for-executions' ? 'averted' : 'in-vain'
}

function idOf(step: Step): { id?: string } {
  return step.id === undefined ? {} : { id: step.id }
}

/** False when the step waited in vain. */
async function carryOut(
  step: Step,
  loaded: LoadedScenario,
  context: StepContext,
): Promise<boolean> {
  const { host, pods, runtime, clock, signal, soFar } = context
  const until = (isReached: () => boolean, timeoutMs: number) =>
    waitUntil(isReached, { clock, everyMs: POLL_MS, timeoutMs, signal })
  switch (step.do) {
    case 'start-pods':
      pods.start(step.count, context.podSignal)
      return true
    case 'stop-pods':
      pods.stop(step.count ?? Number.POSITIVE_INFINITY, context.podSignal)
      return true
    case 'wait':
      await clock.sleep(step.for, signal)
      return true
    case 'wait-for-pods':
      return until(() => pods.runningCount === step.running, step.within)
    case 'wait-for-executions':
      return until(() => host.running(step.plugin, step.verb) >= step.count, step.within)
    case 'wait-for-network':
      return until(() => soFar.networkReady, step.within)
    case 'stop-runtime':
      await runtime.stop()
      return true
    case 'kill-runtime':
      await runtime.kill()
      return true
    case 'start-runtime':
      return answers(runtime, runtime.start())
    case 'upgrade-runtime':
      return answers(runtime, runtime.upgrade(step.to))
    case 'reboot':
      return reboot(step, context)
    case 'repeat':
      return repeat(step, loaded, context)
    default:
      await changeNode(step, loaded, context)
      return true
  }
}

/** A runtime that starts and never answers is waited for in vain; one that ends is a crash, and thrown. */
async function answers(runtime: RuntimeLife, starting: Promise<void>): Promise<boolean> {
  return starting.then(
    () => true,
    (error: unknown) => {
      if (runtime.crashed.aborted) throw error
      return false
    },
  )
}

async function reboot(
  step: Extract<Step, { do: 'reboot' }>,
  { confDir, multus, observers, pods, podSignal, runtime, soFar }: StepContext,
): Promise<boolean> {
  await observers.stop()
  await runtime.reboot()
  await multus.stop()
  if (step.confDir === 'emptied') await confDir.empty()
  const starting = runtime.start()
  observers.start()
  pods.recreate(() => soFar.networkReady, podSignal)
  return answers(runtime, starting)
}

/** Carries out a step that waits for nothing and takes no runtime. */
export async function changeNode(
  step: NodeStep,
  loaded: LoadedScenario,
  context: NodeContext,
): Promise<void> {
  const { confDir, host, binaries, node, multus, signal } = context
  switch (step.do) {
    case 'install':
      return install(step, installerOf(loaded, step.installer), context)
    case 'write-file':
      return step.into === undefined
        ? confDir.write(step.file, step.text)
        : confDir.writeWhereLoaded(step.file, step.text)
    case 'remove-file':
      return confDir.remove(step.file)
    case 'rename-file':
      return confDir.rename(step.file, step.to)
    case 'link-file':
      return confDir.link(step.file, step.to)
    case 'remove-conf-dir':
      return confDir.removeAll()
    case 'make-conf-dir':
      return confDir.make()
    case 'repoint-conf-dir':
      return confDir.repoint(step.installers.map((name) => installerOf(loaded, name)))
    case 'binary':
      return binaries.put(step.plugin, step.is)
    case 'disk':
      return setDisk(node, step.is, signal)
    case 'damage-cache':
      return damageCache(node, signal)
    case 'behave':
      host.behave(step.plugin, step.verb, step.as)
      return
    case 'release':
      return release(step, context)
    case 'start-daemon':
      return multus.start()
    case 'stop-daemon':
      return multus.stop()
  }
}

/** Rounds that keep their beat: what one takes is not added to the pause before the next. */
async function repeat(
  step: Extract<Step, { do: 'repeat' }>,
  loaded: LoadedScenario,
  context: StepContext,
): Promise<boolean> {
  const { clock, signal } = context
  const startMs = clock.now()
  for (let round = 0; round < step.times; round += 1) {
    await clock.sleep(Math.max(0, startMs + round * step.every - clock.now()), signal)
    for (const inner of step.steps) {
      if (!(await carryOut(inner, loaded, context))) return false
    }
  }
  return true
}

async function install(
  step: Extract<Step, { do: 'install' }>,
  installer: Installer,
  { confDir, signal }: NodeContext,
): Promise<void> {
  switch (step.as) {
    case 'whole':
      return confDir.install(installer, step.manner)
    case 'halves':
      return confDir.installInHalves(installer, step.pause, signal)
    case 'empty':
      return confDir.installEmpty(installer)
  }
}

async function release(
  step: Extract<Step, { do: 'release' }>,
  { host, clock, signal }: NodeContext,
): Promise<void> {
  host.behave(step.plugin, step.verb, { kind: 'answer' })
  if (step.every === undefined) {
    host.release(step.plugin, step.verb, step.count)
    return
  }
  const total = step.count ?? host.running(step.plugin, step.verb)
  for (let released = 0; released < total; released += 1) {
    if (released > 0) await clock.sleep(step.every, signal)
    host.release(step.plugin, step.verb, 1)
  }
}

function installerOf({ stack }: LoadedScenario, name: string): Installer {
  const installer = stack.installers[name]
  if (installer === undefined) {
    throw new FairleadError('FL_STEP', `The stack ${stack.name} has no installer "${name}".`)
  }
  return installer
}
