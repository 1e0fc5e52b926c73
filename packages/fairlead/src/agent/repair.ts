import type { WatchdogPolicy } from './config.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import { pluginText, type RuntimeState } from './runtime-watch.ts'

/** What the watchdog would do about a runtime that does not answer. */
export type Repair =
  | { readonly kind: 'none' }
  /** Only said: by policy, or since there have been too many repairs. */
  | { readonly kind: 'report'; readonly why: string }
  | {
      readonly kind: 'end-plugins'
      readonly plugins: readonly PluginProcess[]
      readonly why: string
    }
  | { readonly kind: 'restart'; readonly why: string }

/** A repair, or that there would have been one. */
export type NamedRepair = Exclude<Repair, { kind: 'none' }>

/** A repair that is made now, or only told. */
export interface RepairEvent {
  readonly type: 'repair'
  readonly repair: NamedRepair
  /** The folder that the evidence is in; undefined where it could not be kept. */
  readonly evidence: string | undefined
  /** What could not be written down. */
  readonly problems: readonly string[]
}

/** Whether others than this node bear that its runtime is restarted now. */
export type RestartLeave =
  | { readonly kind: 'granted' | 'asked' }
  | { readonly kind: 'refused'; readonly why: string }

/** What a repair is decided from. */
export interface Observation {
  readonly state: RuntimeState
  /** Those that run for the runtime now. */
  readonly plugins: readonly PluginProcess[]
  readonly nowMs: number
  /** Since this agent began. */
  readonly runsForMs: number
  /** When repairs were made. */
  readonly repairsAtMs: readonly number[]
  /** Until when a restart may go on that an earlier run of this agent has begun. */
  readonly restartingUntilMs: number
  /** Asked only where the runtime would be restarted. */
  readonly restartLeave: () => RestartLeave
}

const BUDGET_WINDOW_MS = 600_000

/**
 * The repair that does least harm. Nothing while Status is answered, whatever a plugin does; nothing when
 * listings are silent as well, for then it is not the CNI that the runtime waits for. A plugin is ended
 * only when it has run for as long as Status may be silent; the runtime is restarted only when no
 * plugin is left that it could wait for.
 */
export function repairOf(observation: Observation, policy: WatchdogPolicy): Repair {
  const { state, plugins, nowMs, runsForMs, restartingUntilMs } = observation
  if (state.kind !== 'stalled' || nowMs < restartingUntilMs) return { kind: 'none' }
  const silentMs = nowMs - state.sinceMs
  const silence = `Status has been silent for ${(silentMs / 1000).toFixed(0)} s`
  const hung = plugins.filter(({ ageMs }) => ageMs >= policy.hungAfter)
  if (hung.length > 0 && silentMs >= policy.hungAfter) {
    const why = `${silence} behind a plugin that hangs`
    if (policy.hungPlugin === 'report') return { kind: 'report', why }
    return withinBudget(observation, policy, { kind: 'end-plugins', plugins: hung, why })
  }
  if (plugins.length === 0 && silentMs >= policy.deadlockAfter) {
    const why = `${silence} and no plugin runs: the CNI manager waits for itself`
    if (policy.deadlock === 'report') return { kind: 'report', why }
    if (runsForMs < policy.bootGrace)
      return { kind: 'report', why: `${why}; too soon after the start` }
    return withLeave(observation, withinBudget(observation, policy, { kind: 'restart', why }))
  }
  return { kind: 'none' }
}

/** Why, and which plugins. */
export function whyOf(repair: NamedRepair): string {
  return repair.kind === 'end-plugins'
    ? `${repair.why}: ${repair.plugins.map(pluginText).join(', ')}`
    : repair.why
}

/** Why, which plugins, and where the evidence is. */
export function repairText({ repair, evidence, problems }: RepairEvent): string {
  const kept = evidence === undefined ? [] : [`evidence on the node in ${evidence}`]
  return [whyOf(repair), ...kept, ...problems].join('; ')
}

function withLeave({ restartLeave }: Observation, repair: Repair): Repair {
  if (repair.kind !== 'restart') return repair
  const leave = restartLeave()
  switch (leave.kind) {
    case 'granted':
      return repair
    case 'asked':
      return { kind: 'none' }
    case 'refused':
      return { kind: 'report', why: `${repair.why}; ${leave.why}` }
  }
}

function withinBudget(
  { repairsAtMs, nowMs }: Observation,
  { actionsAtMost, dryRun }: WatchdogPolicy,
  repair: NamedRepair,
): Repair {
  const recent = repairsAtMs.filter((atMs) => nowMs - atMs < BUDGET_WINDOW_MS)
  if (recent.length >= actionsAtMost) {
    return {
      kind: 'report',
      why: `${repair.why}; ${recent.length} repairs within ten minutes are enough`,
    }
  }
  return dryRun ? { kind: 'report', why: `${repair.why}; a dry run` } : repair
}
