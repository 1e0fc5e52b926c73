import type { Look } from './health.ts'
import type { Activation, Baseline } from './activation.ts'

/**
 * A node, as a change of version sees and touches it. Everything here may be done again. What cannot be done
 * is thrown, with the reason in the message.
 */
export interface NodeWorld {
  /** Whether the change may begin; and what is there, to be there after. */
  readonly check: (activation: Activation, signal: AbortSignal) => Promise<Baseline>
  readonly stop: (signal: AbortSignal) => Promise<void>
  readonly start: (signal: AbortSignal) => Promise<void>
  /** Picks a slot, and the one whose shim new pods get. */
  readonly flip: (slot: string, shim: string) => Promise<void>
  /** Copies the metadata of a runtime that is stopped; false where there is none. */
  readonly saveData: (rootDir: string, id: string) => Promise<boolean>
  /** Puts that copy back. */
  readonly restoreData: (rootDir: string, id: string) => Promise<void>
  /** Whether the runtime is well, and of the version of that slot. */
  readonly look: (slot: string, signal: AbortSignal) => Promise<Look>
  /** Those of the pods that the runtime does not have any more, or not as ready. */
  readonly lostPods: (pods: readonly string[], signal: AbortSignal) => Promise<readonly string[]>
  /** Those of the networks that the runtime has not loaded. */
  readonly lostNetworks: (
    networks: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly string[]>
  /** Makes a pod of our own, and the runtime load its config meanwhile. */
  readonly probe: (confDir: string, signal: AbortSignal) => Promise<void>
  /** Removes such a pod that a version could not remove. */
  readonly tidy: (signal: AbortSignal) => Promise<void>
}
