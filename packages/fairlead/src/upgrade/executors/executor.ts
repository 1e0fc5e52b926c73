import type { KubeError, KubeObject } from '../../kube/api.ts'
import type { NodeNote, NodePhase } from '../node-contract.ts'
import type { Progress } from '../node-step.ts'

/** A move that an executor is to make, or is making. */
export interface Move {
  readonly node: KubeObject
  readonly note: NodeNote
  readonly version: string
}

/** Why a call of an executor came to nothing; it is asked again. */
export type MoveFailure = Pick<KubeError, 'message'>

/** What is written into the metadata of a Node; null takes something away. */
interface Marks {
  readonly annotations?: Readonly<Record<string, string | null>>
  readonly labels?: Readonly<Record<string, string | null>>
}

/** Whoever changes what a node runs. All of it can be asked again and again. */
export interface Executor {
  /** What a node runs, by its object. */
  readonly versionOf: (node: KubeObject) => string | undefined
  /** What goes into the write by which a node enters a phase, and is sent to `version`, if it is sent anywhere. */
  readonly marksFor: (phase: NodePhase, version: string | undefined) => Marks
  readonly progress: (move: Move) => Progress
  /** Begins, or finds that it has begun. */
  readonly move: (move: Move, signal: AbortSignal) => Promise<MoveFailure | undefined>
  /** Learns what other objects than the Nodes tell of its progress; asked before each decision. */
  readonly look?: (signal: AbortSignal) => Promise<MoveFailure | undefined>
}
