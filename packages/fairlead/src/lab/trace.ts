import type { ReadyCondition, StatusOutcome } from '../kubelet/ready-condition.ts'
import type { Probe } from '../advisories/probes.ts'
import type { Scenario } from './scenario.ts'

/** Raised when an event's meaning changes; readers refuse versions they do not know. */
export const TRACE_VERSION = 1

/** Ms since the trial began, on one monotonic clock for every event of a trial. */
type AtMs = number

/** The first line of a trace: what was tried. */
export interface TrialEvent {
  readonly type: 'trial'
  readonly traceVersion: typeof TRACE_VERSION
  readonly atMs: AtMs
  /** ISO 8601; for people, never for arithmetic. */
  readonly startedAt: string
  readonly scenario: Scenario
  readonly runtime: RuntimeIdentity
  readonly trial: number
  /** The version of the real kubelet that was there; absent if there was none. */
  readonly kubelet?: string
}

/** The runtime under test: the name the user gave, and what the binary says of itself. */
interface RuntimeIdentity {
  readonly name: string
  readonly version: string
}

/**
 * The runtime's process. `stopping` (message: the signal) and `rebooting` (the whole node, kubelet too) are
 * asked for by the scenario or the end of the trial; `exited` without one of them since it `started` is a
 * crash. The message of `started` names the version, where another one is started than before.
 */
interface RuntimeEvent {
  readonly type: 'runtime'
  readonly atMs: AtMs
  readonly phase: 'started' | 'serving' | 'stopping' | 'rebooting' | 'exited'
  readonly message?: string
}

/**
 * A step of the scenario's timeline; `index` counts from 0. `in-vain`: it waited for what did not come, and
 * the rest of the steps is left out. `averted`: the agent in front saw to it that it did not come, and the
 * steps go on.
 */
interface StepEvent {
  readonly type: 'step'
  readonly atMs: AtMs
  readonly phase: 'begin' | 'end' | 'in-vain' | 'averted'
  readonly index: number
  readonly id?: string
  readonly text: string
}

/** Who asked: `kubelet` at kubelet's own cadence, `probe` fast and with several calls in flight. */
export type StatusObserver = 'kubelet' | 'probe'

/** One CRI `Status` call, written when it ended (`unanswered`: still open when the trial ended). */
export interface StatusEvent {
  readonly type: 'status'
  readonly atMs: AtMs
  readonly startedAtMs: AtMs
  readonly observer: StatusObserver
  readonly outcome: StatusOutcome
  /** Why a `failed` call failed. */
  readonly message?: string
}

/** The Ready condition of the Node object, where a real kubelet posts it; written when it changed. */
interface NodeReadyEvent extends Pick<ReadyCondition, 'status' | 'reason' | 'message'> {
  readonly type: 'node-ready'
  readonly atMs: AtMs
}

/** One `ListPodSandbox` call: the control, which takes no CNI lock. */
interface ListEvent {
  readonly type: 'list'
  readonly atMs: AtMs
  readonly startedAtMs: AtMs
  readonly ok: boolean
}

/**
 * How late the lab's own clocks ran since `startedAtMs`: the worst of the samples, and their sum. What
 * was measured of the runtime may be off by as much.
 */
interface LatenessEvent {
  readonly type: 'lateness'
  readonly atMs: AtMs
  readonly startedAtMs: AtMs
  readonly maxMs: number
  readonly sumMs: number
}

/** What verbose `Status` says of the CNI configuration, written when it changed; never by a runtime that says nothing. */
export interface CniLoadEvent {
  readonly type: 'cni-load'
  readonly atMs: AtMs
  /** `lastCNILoadStatus`: "OK" or the runtime's own error. */
  readonly lastCniLoadStatus: string
  /** Names of the networks in force, without the runtime's loopback. */
  readonly networks: readonly string[]
}

/**
 * A change in the conf dir, seen from outside by inotify; for the files that were there before the
 * runtime started, that they were.
 */
interface ConfEvent {
  readonly type: 'conf'
  readonly atMs: AtMs
  readonly file: string
  /** Size after the change; `null` when the file is gone. */
  readonly sizeBytes: number | null
}

/** One execution of a CNI plugin. */
export interface ExecEvent {
  readonly type: 'exec'
  readonly atMs: AtMs
  readonly phase: 'begin' | 'end'
  readonly id: number
  readonly plugin: string
  readonly verb: string
  readonly containerId: string
  readonly ifName: string
  /** Name of the pod, when the runtime passed `K8S_POD_NAME` in CNI_ARGS. */
  readonly pod?: string
  /** `end` only: `succeeded`, `killed` (by the runtime), or what it was told to do. */
  readonly outcome?: string
}

/** One CRI call for a pod. */
export interface PodEvent {
  readonly type: 'pod'
  readonly atMs: AtMs
  readonly phase: 'begin' | 'end'
  readonly call: 'RunPodSandbox' | 'StopPodSandbox' | 'RemovePodSandbox'
  readonly pod: string
  readonly attempt: number
  /** `end` only: the failure, absent on success. */
  readonly error?: string
}

/** Every pod was removed without an error. From here on, what is left of them is a leak. */
interface PodsRemovedEvent {
  readonly type: 'pods-removed'
  readonly atMs: AtMs
  /** Network namespaces still there. */
  readonly netns: readonly string[]
}

/** Something that the agent in front of the runtime says that it has done about a silence; when the lab read it. */
interface RepairEvent {
  readonly type: 'repair'
  readonly atMs: AtMs
  readonly why: string
}

/** The last line. `failed` means that the lab, not the runtime, could not go on. */
export interface EndEvent {
  readonly type: 'end'
  readonly atMs: AtMs
  readonly reason: 'completed' | 'decided' | 'aborted' | 'failed'
  readonly message?: string
}

/** Any line of a trace, told apart by `type`. */
export type TraceEvent =
  | TrialEvent
  | RuntimeEvent
  | StepEvent
  | StatusEvent
  | NodeReadyEvent
  | ListEvent
  | LatenessEvent
  | CniLoadEvent
  | ConfEvent
  | ExecEvent
  | PodEvent
  | PodsRemovedEvent
  | LookEvent
  | RepairEvent
  | EndEvent

/** Something wrong with the folders of the node, as `fairlead doctor` sees it on a live one. */
interface LookEvent {
  readonly type: 'look'
  readonly atMs: AtMs
  readonly probe: Probe
  readonly text: string
}

/** Where a trial writes what it sees. */
export interface TraceSink {
  write(event: TraceEvent): void
}
