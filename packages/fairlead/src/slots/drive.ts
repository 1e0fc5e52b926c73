import { messageOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { Activation, Ended } from './activation.ts'
import type { WatchPolicy } from './config.ts'
import { beginWatch, type Look, verdictOf, withLook } from './health.ts'
import type { SlotState } from './state.ts'
import { hasEnded, isOnTrial, next, type Observation, targetOf } from './transition.ts'
import type { NodeWorld } from './world.ts'

/** A node may have hundreds. */
const PODS_TOLD = 5

/** Something that happens while a version is changed. */
export type SlotEvent =
  | { readonly type: 'step'; readonly activation: Activation }
  | { readonly type: 'failed'; readonly activation: Activation; readonly reason: string }
  | { readonly type: 'look'; readonly look: Look }
  | { readonly type: 'not-remembered'; readonly reason: string }

/** What a change of version is carried out with. */
export interface DriveOptions {
  readonly world: NodeWorld
  /** Where it is remembered. */
  readonly write: (state: SlotState) => Promise<void>
  readonly policy: WatchPolicy
  readonly clock: Clock
  /** Ms since 1970. */
  readonly wallClockMs: () => number
  readonly onEvent: (event: SlotEvent) => void
  /** Ends the way forward, and leads back; the way back is gone to its end. */
  readonly signal: AbortSignal
  /** Before the runtime is started by somebody else: all but the watch. */
  readonly beforeRuntime?: boolean
}

/**
 * Carries a change of version out, from where it is to its end, or to where it waits for somebody. Every step
 * is remembered before it is begun. What it came to is the newest of the history then.
 */
export async function drive(begun: SlotState, options: DriveOptions): Promise<SlotState> {
  let state = begun
  let before: Activation | undefined
  while (state.activation !== null && !waits(state.activation, options)) {
    const { activation } = state
    options.onEvent({ type: 'step', activation })
    const forgotten = await remember(state, options)
    const observation =
      forgotten !== undefined && activation.way === 'forward'
        ? { kind: 'failed' as const, reason: forgotten }
        : await observed(activation, before, options)
    if (observation.kind === 'failed') {
      options.onEvent({ type: 'failed', activation, reason: observation.reason })
    }
    state = afterStep(state, next(activation, observation), options.wallClockMs())
    before = activation
  }
  await remember(state, options)
  return state
}

/** The state with what a step of its activation was followed by. */
export function afterStep(
  { activation, ...state }: SlotState,
  following: Activation | Ended,
  nowMs: number,
): SlotState {
  if (activation === null) return { activation, ...state }
  if (!hasEnded(following)) return { ...state, activation: following }
  const { from, to, id } = activation
  const { outcome, reasons } = following
  const endedAt = new Date(nowMs).toISOString()
  const record = { from, to, beganAt: id, endedAt, outcome, reasons: [...reasons] }
  return { ...state, activation: null, history: [record, ...state.history] }
}

/** Whether a version on trial is still well: it is looked at until it is, for as long as it may be unhealthy. */
export async function lookOnTrial(
  activation: Activation,
  { world, policy, clock, signal }: Pick<DriveOptions, 'world' | 'policy' | 'clock' | 'signal'>,
): Promise<Observation> {
  const untilMs = clock.now() + policy.patience
  for (;;) {
    const look = await world.look(targetOf(activation), signal)
    if (look.kind === 'healthy') return { kind: 'interrupted', reason: 'it goes on' }
    if (clock.now() >= untilMs) {
      return { kind: 'failed', reason: `on trial it was not healthy any more: ${look.reason}` }
    }
    await clock.sleep(policy.every, signal)
  }
}

/** The state from which a change goes on that nobody carries out any more, since that process has ended. */
export function afterInterruption(state: SlotState, nowMs: number): SlotState {
  const { activation } = state
  if (activation === null) return state
  const { confirmByMs, confirmWithinMs } = activation
  const observation: Observation =
    confirmByMs !== null && nowMs >= confirmByMs
      ? { kind: 'failed', reason: `it was not confirmed within ${confirmWithinMs / 1000} s` }
      : { kind: 'interrupted', reason: `it was interrupted at the step "${activation.step}"` }
  return afterStep(state, next(activation, observation), nowMs)
}

function waits(activation: Activation, { beforeRuntime }: DriveOptions): boolean {
  return isOnTrial(activation) || (beforeRuntime === true && activation.step === 'watch')
}

/** Why it cannot be remembered; that ends no way back. */
async function remember(
  state: SlotState,
  { write, onEvent }: DriveOptions,
): Promise<string | undefined> {
  try {
    await write(state)
    return undefined
  } catch (error) {
    const reason = `the state cannot be written: ${messageOf(error)}`
    onEvent({ type: 'not-remembered', reason })
    return reason
  }
}

/** What a step came to, whatever is thrown meanwhile. */
async function observed(
  activation: Activation,
  before: Activation | undefined,
  options: DriveOptions,
): Promise<Observation> {
  const isForward = activation.way === 'forward'
  const signal = isForward ? options.signal : new AbortController().signal
  const interrupted = { kind: 'interrupted', reason: 'it was interrupted' } as const
  try {
    if (signal.aborted) return interrupted
    return await carryOut(activation, before, { ...options, signal })
  } catch (error) {
    return signal.aborted ? interrupted : { kind: 'failed', reason: messageOf(error) }
  }
}

async function carryOut(
  activation: Activation,
  before: Activation | undefined,
  options: DriveOptions,
): Promise<Observation> {
  const { world, signal } = options
  const { id, way, step, to, data, baseline } = activation
  const target = targetOf(activation)
  switch (step) {
    case 'check':
      return { kind: 'checked', baseline: await world.check(activation, signal) }
    case 'stop':
      await world.stop(signal)
      break
    case 'data':
      if (baseline === null) break
      if (data === 'save' && (await world.saveData(baseline.rootDir, id))) return { kind: 'copied' }
      if (data === 'restore') await world.restoreData(baseline.rootDir, id)
      break
    case 'flip':
      // Pods that begin while it is watched are to survive the way back, too.
      await world.flip(target, way === 'forward' && baseline !== null ? baseline.shim : target)
      break
    case 'keep':
      await world.flip(to, activation.leavesShim && baseline !== null ? baseline.shim : to)
      break
    case 'start':
      await world.start(signal)
      break
    case 'watch':
      // Pods come and go: what was there before is compared only right after a start.
      return watch(activation, { ...options, comparesPods: before?.step === 'start' })
    case 'trial':
      break
  }
  return { kind: 'done' }
}

async function watch(
  activation: Activation,
  options: DriveOptions & { readonly comparesPods: boolean },
): Promise<Observation> {
  const { world, policy, clock, wallClockMs, onEvent, signal } = options
  const { way, baseline } = activation
  const slot = targetOf(activation)
  let watched = beginWatch(clock.now())
  for (;;) {
    const look = await world.look(slot, signal)
    const nowMs = clock.now()
    const isFirst = look.kind === 'healthy' && !watched.wasHealthy
    if (look.kind !== watched.last) onEvent({ type: 'look', look })
    watched = withLook(watched, look, nowMs)
    const verdict = verdictOf(watched, look, nowMs, policy)
    if (verdict.kind === 'failed') return verdict
    if (isFirst && way === 'back') await world.tidy(signal)
    if (isFirst && way === 'forward') {
      const pods = options.comparesPods ? (baseline?.pods ?? []) : []
      const lost = await world.lostPods(pods, signal)
      if (lost.length > 0) {
        const told = lost.slice(0, PODS_TOLD).map((id) => id.slice(0, 13))
        const reason = `${lost.length} of ${pods.length} pods are not ready any more: ${told.join(', ')}`
        return { kind: 'failed', reason, lost: true }
      }
      if (baseline !== null) await world.probe(baseline.confDir, signal)
    }
    if (verdict.kind === 'steady') {
      if (way === 'back') return { kind: 'steady', nowMs: wallClockMs() }
      const lost = await world.lostNetworks(baseline?.networks ?? [], signal)
      if (lost.length === 0) return { kind: 'steady', nowMs: wallClockMs() }
      return { kind: 'failed', reason: `it has not loaded the networks ${lost.join(', ')}` }
    }
    await clock.sleep(policy.every, signal)
  }
}
