import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type CriClient, PodSandboxState } from '@fairlead/cri'
import { FairleadError, messageOf } from '../errors.ts'
import { cgroupParentOf } from '../lab/runtimes/cgroup-parent.ts'
import type { Clock } from '../ports.ts'
import { isProbeSandbox } from '../probe-sandbox.ts'
import { networksInForce } from '../verbose-info.ts'
import type { SlotsConfig } from './config.ts'
import type { Look } from './health.ts'
import { inspectSlot } from './inspect.ts'
import { checkRoom, restoreMetadata, saveMetadata } from './metadata.ts'
import { probe, removeProbePods } from './probe-pod.ts'
import { checkShims, isOlder } from './shims.ts'
import { pickSlot, readSlot } from './slot.ts'
import type { Activation, Baseline } from './activation.ts'
import type { NodeWorld } from './world.ts'

const CALL_TIMEOUT_MS = 5_000

/** How a node is worked with. */
export interface NodeWorldOptions {
  readonly config: SlotsConfig
  readonly cri: CriClient
  readonly clock: Clock
  /** Whether a change may begin on a node that is not well. */
  readonly force: boolean
  /** The runtime is started by somebody else, later. */
  readonly beforeRuntime: boolean
}

/** This node. */
export function nodeWorld(options: NodeWorldOptions): NodeWorld {
  const { config, cri, clock } = options
  const { slotsDir, watch } = config
  const run = async ([program = '', ...args]: readonly string[], signal: AbortSignal) => {
    if (options.beforeRuntime) return
    try {
      await promisify(execFile)(program, args, { timeout: watch.commandWithin, signal })
    } catch (error) {
      throw new Error(`${[program, ...args].join(' ')}: ${outputOf(error)}`, { cause: error })
    }
  }
  const probeNode = async (confDir: string, signal: AbortSignal) => {
    const { pod, drill, drillDir, annotations, podWithin } = config.probe
    if (!pod) return
    await removeProbePods(cri, signal)
    await probe({
      cri,
      clock,
      annotations,
      cgroupParent: await cgroupParentOf(config.socket, signal),
      podWithinMs: podWithin,
      statusAtMostMs: watch.statusAtMost,
      drillDir: drill ? (drillDir ?? confDir) : undefined,
      signal,
    })
  }
  return {
    check: async (activation, signal) => {
      const { stateDir, ...facts } = await checkSlots(slotsDir, activation)
      await checkRoom(facts.rootDir, slotsDir)
      if (options.force) return { pods: [], networks: [], ...facts }
      await checkRunning(options, activation, signal)
      const pods = await readyPods(cri, signal)
      await checkShims(stateDir, pods, await readSlot(slotsDir, activation.to))
      await probeNode(facts.confDir, signal)
      return { pods, networks: await networksOf(cri, signal), ...facts }
    },
    stop: (signal) => run(config.stop, signal),
    start: (signal) => run(config.start, signal),
    flip: (slot, shim) => pickSlot(slotsDir, slot, shim),
    saveData: (rootDir, id) => saveMetadata(rootDir, slotsDir, id),
    restoreData: (rootDir, id) => restoreMetadata(rootDir, slotsDir, id),
    look: (slot, signal) => lookAt(options, slot, signal),
    lostPods: async (pods, signal) => {
      const ready = pods.length === 0 ? [] : await readyPods(cri, signal)
      return pods.filter((id) => !ready.includes(id))
    },
    lostNetworks: async (networks, signal) => {
      const loaded = await networksOf(cri, signal)
      return networks.filter((name) => !loaded.includes(name))
    },
    probe: probeNode,
    tidy: (signal) => removeProbePods(cri, signal),
  }
}

type SlotFacts = Pick<Baseline, 'rootDir' | 'confDir' | 'shim'> & { readonly stateDir: string }

/** Both slots are what was staged and would start, and work on the same pods. */
async function checkSlots(slotsDir: string, { from, to }: Activation): Promise<SlotFacts> {
  const target = await readSlot(slotsDir, to)
  const { rootDir, stateDir, confDir } = await inspectSlot(target)
  if (from === null) return { rootDir, stateDir, confDir, shim: to }
  const source = await readSlot(slotsDir, from)
  const before = await inspectSlot(source)
  if (before.rootDir === rootDir && before.stateDir === stateDir) {
    // An older containerd does not know what a newer shim says; the other way round it does.
    return { rootDir, stateDir, confDir, shim: isOlder(target, source) ? to : from }
  }
  throw new FairleadError(
    'FL_SLOT_INVALID',
    `The configs of ${from} and ${to} have other folders: ${before.rootDir} and ${before.stateDir}, ${rootDir} and ${stateDir}.`,
    {
      hint: 'Give both the same "root" and "state", or the pods of one are not those of the other.',
    },
  )
}

/** What runs is well; and the first slot that is picked is what runs already. */
async function checkRunning(
  options: NodeWorldOptions,
  { from, to }: Activation,
  signal: AbortSignal,
): Promise<void> {
  const look = await lookAt(options, from ?? to, signal)
  if (look.kind === 'healthy') return
  throw new Error(
    `the runtime is not well as it is, so that nothing could be told by comparing (--force changes it all the same): ${look.reason}`,
  )
}

/** Whether Status is quick and says ready, and the version is the slot's. */
async function lookAt(
  { config, cri }: NodeWorldOptions,
  slot: string,
  signal: AbortSignal,
): Promise<Look> {
  const unhealthy = (reason: string): Look => ({ kind: 'unhealthy', reason })
  const status = await cri.status({}, { timeoutMs: config.watch.statusAtMost, signal })
  if (!status.ok) {
    return unhealthy(
      status.error.reason === 'deadline'
        ? `Status was not answered within ${config.watch.statusAtMost} ms`
        : status.error.message,
    )
  }
  const failing = (status.value.status?.conditions ?? []).find(
    ({ type, status: isTrue }) => !isTrue && (type === 'RuntimeReady' || type === 'NetworkReady'),
  )
  if (failing !== undefined) return unhealthy(`${failing.reason}: ${failing.message}`)
  const expected = await versionIn(config.slotsDir, slot)
  if (expected === undefined) return { kind: 'healthy', latencyMs: status.latencyMs }
  const version = await cri.version({ timeoutMs: config.watch.statusAtMost, signal })
  if (!version.ok) return unhealthy(version.error.message)
  const { runtimeVersion } = version.value
  // containerd 2.x says v2.1.9 on the socket, and 2.1.9 on the command line.
  if (runtimeVersion.replace(/^v/, '') === expected) {
    return { kind: 'healthy', latencyMs: status.latencyMs }
  }
  return unhealthy(`it is ${runtimeVersion}, and not ${expected}`)
}

/** Undefined where the slot cannot tell; that is told elsewhere. */
async function versionIn(slotsDir: string, slot: string): Promise<string | undefined> {
  return readSlot(slotsDir, slot).then(
    ({ manifest }) => manifest.runtime.version,
    () => undefined,
  )
}

async function readyPods(cri: CriClient, signal: AbortSignal): Promise<string[]> {
  const list = await cri.listPodSandbox({ timeoutMs: CALL_TIMEOUT_MS, signal })
  if (!list.ok) throw list.error
  return list.value.items
    .filter(
      ({ state, metadata }) => state === PodSandboxState.SANDBOX_READY && !isProbeSandbox(metadata),
    )
    .map(({ id }) => id)
}

async function networksOf(cri: CriClient, signal: AbortSignal): Promise<string[]> {
  const status = await cri.status({ verbose: true }, { timeoutMs: CALL_TIMEOUT_MS, signal })
  if (!status.ok) throw status.error
  return networksInForce(status.value.info['cniconfig'])
}

/** What a command said before it failed. */
function outputOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  return stderr.split('\n').at(-1) || messageOf(error)
}
