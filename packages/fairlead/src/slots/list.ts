import { messageOf } from '../errors.ts'
import { currentSlot, type Manifest, readSlot, slotNames } from './slot.ts'
import { readState, type SlotState } from './state.ts'

/** A slot as it is listed. */
export interface ListedSlot {
  readonly name: string
  readonly role: 'current' | 'previous' | 'none'
  /** Undefined where its manifest cannot be read. */
  readonly manifest?: Manifest
  /** Why it cannot be. */
  readonly problem?: string
}

/** The slots of a node, and what happened to them. */
export interface SlotList {
  readonly slots: readonly ListedSlot[]
  readonly state: SlotState
}

/**
 * Lists the slots of a node. One that is broken costs only itself.
 *
 * @throws {FairleadError} FL_SLOT_STATE.
 */
export async function listSlots(slotsDir: string): Promise<SlotList> {
  const state = await readState(slotsDir)
  const current = await currentSlot(slotsDir)
  const previous = previousSlot(state, current)
  const slots: ListedSlot[] = []
  for (const name of await slotNames(slotsDir)) {
    const role = name === current ? 'current' : name === previous ? 'previous' : 'none'
    try {
      slots.push({ name, role, manifest: (await readSlot(slotsDir, name)).manifest })
    } catch (error) {
      slots.push({ name, role, problem: messageOf(error) })
    }
  }
  return { slots, state }
}

/** The version that a node ran before the one it runs: where a rollback leads. */
export function previousSlot(
  { activation, history }: SlotState,
  current: string | null,
): string | null {
  if (activation !== null) return activation.from === current ? null : activation.from
  const last = history.find(({ outcome, to }) => outcome === 'activated' && to === current)
  return last?.from ?? null
}
