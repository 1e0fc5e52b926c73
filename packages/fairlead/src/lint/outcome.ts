/** A network that pods are attached to. */
export interface AttachedNetwork {
  readonly file: string
  readonly name: string
  readonly cniVersion: string
  readonly ifName: string
}

/** What a runtime makes of a conf dir when it starts or reloads. */
export interface Outcome {
  /** In the order that pods are attached in; the first one's addresses are the pod's. */
  readonly networks: readonly AttachedNetwork[]
  readonly load:
    | { readonly state: 'ok' }
    /** There is no file that could be loaded. */
    | { readonly state: 'nothing'; readonly why: string }
    /** A file costs all networks; `file` is within the conf dir. */
    | { readonly state: 'failed'; readonly file: string; readonly why: string }
    /** The load does not come back, and with it nothing that needs its lock. */
    | { readonly state: 'blocked'; readonly file: string; readonly why: string }
  /** The CRI's NetworkReady. `as-plugins-say`: STATUS of the plugins decides. `unknown`: no answer. */
  readonly networkReady: 'true' | 'false' | 'as-plugins-say' | 'unknown'
  /** Every other entry of the folder and why it does not count, in the order of names. */
  readonly ignored: readonly { readonly file: string; readonly why: string }[]
  /** When the STATUS verb of the plugins is run. */
  readonly statusRuns: 'on-every-status-call' | 'until-first-ready' | 'in-the-background' | 'never'
  /** What a change of the folder does, in sentences. */
  readonly reload: readonly string[]
  /** What becomes of the runtime when the folder itself is removed or renamed, in a sentence. */
  readonly removal: string
}
