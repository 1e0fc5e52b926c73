/**
 * A change of one file: an empty one is made, one is written to, moved in from another folder, linked in,
 * renamed within the folder, moved out of it, removed, or gets another mode.
 */
export const DIR_CHANGES = [
  'make',
  'write',
  'move-in',
  'link-in',
  'rename',
  'move-out',
  'remove',
  'chmod',
] as const

/** One of {@link DIR_CHANGES}. */
export type DirChange = (typeof DIR_CHANGES)[number]

/** A network that pods are attached to. */
export interface AttachedNetwork {
  readonly file: string
  readonly name: string
  readonly cniVersion: string
  readonly ifName: string
  /** The types, in their order. */
  readonly plugins: readonly string[]
}

/** What a runtime makes of a conf dir when it starts or reloads. */
export interface Outcome {
  /** In the order that pods are attached in; the first one's addresses are the pod's. */
  readonly networks: readonly AttachedNetwork[]
  readonly load:
    | { readonly state: 'ok' }
    /** There is no file that could be loaded. */
    | { readonly state: 'nothing'; readonly why: string }
    /** A file costs all networks; `cause` is the file to repair, where that is another one. */
    | {
        readonly state: 'failed'
        readonly file: string
        readonly cause: string
        readonly why: string
      }
    /** The load does not come back, and with it nothing that needs its lock. */
    | {
        readonly state: 'blocked'
        readonly file: string
        readonly cause: string
        readonly why: string
      }
  /** The CRI's NetworkReady. `as-plugins-say`: STATUS of the plugins decides. `unknown`: no answer. */
  readonly networkReady: 'true' | 'false' | 'as-plugins-say' | 'unknown'
  /** Every other entry of the folder and why it does not count, in the order of names. */
  readonly ignored: readonly { readonly file: string; readonly why: string }[]
  /** When the STATUS verb of the plugins is run. */
  readonly statusRuns: 'on-every-status-call' | 'until-first-ready' | 'in-the-background' | 'never'
  /** The changes of the folder that make the runtime read all of it again. */
  readonly reloadsOn: readonly DirChange[]
  /** What a reload has to wait for: nothing; plugins that run; or, while one runs, it can block for ever. */
  readonly reloadWaits: 'for-nothing' | 'for-plugins' | 'maybe-for-ever'
  /**
   * What becomes of the runtime when the folder itself is removed or renamed: it exits; it loses its
   * networks and never looks again; it keeps them and never looks again; it keeps them and looks again.
   * The kernel tells of a folder that is gone when nobody holds it any more: one that exits is deaf until then.
   */
  readonly onRemoval: 'exits' | 'deaf' | 'keeps-and-deaf' | 'keeps'
}
