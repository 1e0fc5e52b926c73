import type { KubeError, KubeObject } from '../../kube/api.ts'
import type { NodeNote } from '../node-contract.ts'
import type { Progress } from '../node-step.ts'

/** A move that an executor is to make, or is making. */
export interface Move {
  readonly node: KubeObject
  readonly note: NodeNote
  readonly version: string
}

/** Why a call of an executor came to nothing; it is asked again. */
export type MoveFailure = Pick<KubeError, 'message'>

/** Whoever changes what a node runs. All of it can be asked again and again. */
export interface Executor {
  /** What a node runs, by its object. */
  readonly versionOf: (node: KubeObject) => string | undefined
  /** What goes into the write by which a node is sent to a version; null takes an annotation away. */
  readonly annotationsFor: (version: string) => Readonly<Record<string, string | null>>
  readonly progress: (move: Move) => Progress
  /** Begins, or finds that it has begun. */
  readonly move: (move: Move, signal: AbortSignal) => Promise<MoveFailure | undefined>
}
