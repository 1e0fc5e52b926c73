import { connectCri } from '@fairlead/cri'
import { FairleadError } from '../errors.ts'
import { systemClock, wallClockMs } from '../ports.ts'
import type { Activation } from './activation.ts'
import type { SlotsConfig } from './config.ts'
import {
  afterInterruption,
  afterStep,
  drive,
  type DriveOptions,
  lookOnTrial,
  type SlotEvent,
} from './drive.ts'
import { previousSlot } from './list.ts'
import { lockSlots } from './lock.ts'
import { nodeWorld } from './node-world.ts'
import { currentSlot, pickSlot, readSlot } from './slot.ts'
import { readState, type SlotRecord, type SlotState, writeState } from './state.ts'
import { begin, next, type Observation } from './transition.ts'

/** What every change of a node's version takes. */
export interface ChangeOptions {
  readonly onEvent: (event: SlotEvent) => void
  /** Ends a way forward, and has it go back; a way back is gone to its end. */
  readonly signal: AbortSignal
}

/** What a change came to: it has ended, is on trial, or goes on when the runtime has been started. */
export type Change =
  | { readonly kind: 'ended'; readonly record: SlotRecord }
  | { readonly kind: 'on-trial'; readonly activation: Activation }
  | { readonly kind: 'goes-on'; readonly activation: Activation }

/**
 * Changes the runtime to the version of a slot: checks, stops it, copies its metadata, picks, starts, and watches it.
 * What does not turn out steadily healthy is changed back. Pods run on all the time.
 *
 * @throws {FairleadError} FL_SLOT_UNKNOWN, FL_SLOT_INVALID, FL_SLOT_STATE; FL_SLOT_BUSY while another change
 * goes on; FL_USAGE where it is the one that is picked. All else is in the record.
 */
export async function activateSlot(
  config: SlotsConfig,
  request: {
    readonly slot: string
    /** It stays on trial for so long, and goes back unless it is confirmed; 0 for no trial. */
    readonly confirmWithinMs: number
    /** Also where the runtime is not well now; then what was there before is not compared. */
    readonly force: boolean
    /** Why, for the list. */
    readonly reason?: string
    /** New pods get the shim of the version before also when it stays, until {@link giveShim}. */
    readonly leavesShim?: boolean
  },
  options: ChangeOptions,
): Promise<Change> {
  const { slotsDir } = config
  await readSlot(slotsDir, request.slot)
  // Awaited below wherever it is held: it goes when this returns.
  await using _lock = await lockSlots(slotsDir)
  const state = await readState(slotsDir)
  if (state.activation !== null) throw goesOn(state.activation)
  const from = await currentSlot(slotsDir)
  if (from === request.slot) {
    throw new FairleadError('FL_USAGE', `${from} is picked already.`, {
      hint: 'fairlead runtime-slot list shows the others.',
    })
  }
  const { slot: to, confirmWithinMs, force, reason, leavesShim = false } = request
  const id = new Date(wallClockMs()).toISOString()
  const reasons = reason === undefined ? [] : [reason]
  const activation = begin({ id, from, to, confirmWithinMs, leavesShim, reasons })
  return await driven(config, { ...options, force }, async () => ({ ...state, activation }))
}

/**
 * Gives new pods the shim of the version that is picked, from which there is no way back without them.
 *
 * @throws {FairleadError} FL_SLOT_BUSY.
 */
export async function giveShim({ slotsDir }: Pick<SlotsConfig, 'slotsDir'>): Promise<void> {
  await using _lock = await lockSlots(slotsDir)
  const current = await currentSlot(slotsDir)
  if (current !== null) await pickSlot(slotsDir, current, current)
}

/**
 * Has a version that is on trial stay.
 *
 * @throws {FairleadError} FL_SLOT_STATE where none is; FL_SLOT_BUSY.
 */
export async function confirmSlot(config: SlotsConfig, options: ChangeOptions): Promise<Change> {
  await using _lock = await lockSlots(config.slotsDir)
  return await driven(config, options, () => afterTrial(config, { kind: 'confirmed' }))
}

/**
 * Changes the runtime to the version that it had before; one that is on trial goes back with no more checks.
 *
 * @throws {FairleadError} as {@link activateSlot}; FL_SLOT_UNKNOWN where there was no version before.
 */
export async function rollbackSlot(
  config: SlotsConfig,
  request: { readonly reason: string; readonly force: boolean },
  options: ChangeOptions,
): Promise<{ readonly change: Change; readonly isBack: boolean }> {
  const { slotsDir } = config
  const state = await readState(slotsDir)
  const current = await currentSlot(slotsDir)
  const previous = previousSlot(state, current)
  if (previous === null) {
    throw new FairleadError(
      'FL_SLOT_UNKNOWN',
      'There is no version before the one that is picked.',
      { hint: 'fairlead runtime-slot list shows what there is; activate takes any of them.' },
    )
  }
  const { reason, force } = request
  const change =
    state.activation?.step === 'trial'
      ? await endTrial(config, reason, options)
      : await activateSlot(config, { slot: previous, confirmWithinMs: 0, force, reason }, options)
  return { change, isBack: (await currentSlot(slotsDir)) === previous }
}

async function endTrial(
  config: SlotsConfig,
  reason: string,
  options: ChangeOptions,
): Promise<Change> {
  await using _lock = await lockSlots(config.slotsDir)
  return await driven(config, options, () => afterTrial(config, { kind: 'failed', reason }))
}

/**
 * Takes a change to its end whose process was ended, by a kill or a loss of power; undefined where there is
 * none. At boot, before the runtime is started, the link and the metadata are put right;
 * the rest is for a later call.
 *
 * @throws {FairleadError} FL_SLOT_STATE; FL_SLOT_BUSY while another process carries it out.
 */
export async function resumeSlots(
  config: SlotsConfig,
  { beforeRuntime }: { readonly beforeRuntime: boolean },
  options: ChangeOptions,
): Promise<Change | undefined> {
  const { slotsDir } = config
  if ((await readState(slotsDir)).activation === null) return undefined
  await using _lock = await lockSlots(slotsDir)
  return await driven(config, { ...options, beforeRuntime }, async (drives) => {
    const state = afterInterruption(await readState(slotsDir), wallClockMs())
    if (state.activation?.step !== 'trial' || beforeRuntime) return state
    const observation = await lookOnTrial(state.activation, drives)
    return afterStep(state, next(state.activation, observation), wallClockMs())
  })
}

/** The state after a trial that came to this. */
async function afterTrial(config: SlotsConfig, observation: Observation): Promise<SlotState> {
  const state = await readState(config.slotsDir)
  const { activation } = state
  if (activation?.step === 'trial') {
    return afterStep(state, next(activation, observation), wallClockMs())
  }
  throw new FairleadError('FL_SLOT_STATE', 'No version is on trial.', {
    hint: 'fairlead runtime-slot list shows what there is. Only activate --confirm-within needs it.',
  })
}

/** Drives a change on this node, from the state that `from` gives. */
async function driven(
  config: SlotsConfig,
  options: ChangeOptions & { readonly force?: boolean; readonly beforeRuntime?: boolean },
  from: (drives: DriveOptions) => Promise<SlotState>,
): Promise<Change> {
  const { slotsDir, socket, watch: policy } = config
  using cri = connectCri(socket)
  const clock = systemClock
  const { force = false, beforeRuntime = false, onEvent, signal } = options
  const drives: DriveOptions = {
    world: nodeWorld({ config, cri, clock, force, beforeRuntime }),
    write: (remembered) => writeState(slotsDir, remembered),
    onEvent,
    signal,
    beforeRuntime,
    policy,
    clock,
    wallClockMs,
  }
  const ended = await drive(await from(drives), drives)
  const { activation } = ended
  if (activation === null) return { kind: 'ended', record: endOf(ended) }
  return { kind: activation.step === 'trial' ? 'on-trial' : 'goes-on', activation }
}

function endOf({ history }: SlotState): SlotRecord {
  const [record] = history
  if (record === undefined) throw new Error('a change that has ended has a record')
  return record
}

function goesOn({ to, step }: Activation): FairleadError {
  return new FairleadError('FL_SLOT_BUSY', `A change to ${to} has not ended: "${step}".`, {
    hint:
      step === 'trial'
        ? 'fairlead runtime-slot confirm has it stay, rollback goes back.'
        : 'fairlead runtime-slot resume takes it to its end.',
  })
}
