/** What can go wrong at a boot. */
export const FAULT_KINDS = ['deadlock', 'stall', 'flap', 'unsettled', 'leak', 'breach'] as const

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number]

/** What each fault is. */
export const FAULT_MEANINGS: Readonly<Record<FaultKind, string>> = {
  deadlock: 'a call never ends although no plugin runs any more',
  stall: 'Status answers too late, because of a plugin or a reload',
  flap: 'Status takes ready back although the network has not changed',
  unsettled: 'after quiet the set is not what the conf dir says',
  breach: 'the agent breaks one of its own rules',
  leak: 'an attachment is lost, doubled or left over',
}

/** A fault that a run showed. */
export interface Fault {
  readonly kind: FaultKind
  /** One sentence. */
  readonly message: string
  /** Who waits for whom at that moment; sentences without a full stop. */
  readonly waits: readonly string[]
}
