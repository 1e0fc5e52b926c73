/** How much happens at the boot, and how long it takes. */
export interface BootOptions {
  /** Pods that kubelet starts: an ADD each. */
  readonly pods: number
  /** Pods of before the boot that kubelet takes down: a DEL each. */
  readonly removals: number
  /** Pods that kubelet takes down again, maybe while they start: a DEL beside their ADD. */
  readonly evictions: number
  /** Writes to the conf dir: a reload each. */
  readonly reloads: number
  /** Further files, of which only half is ever written: a reload each. */
  readonly halves: number
  /** agent only: files that the installer takes away, or brings back, in turn. */
  readonly goings: number
  /** agent only: writes of a file that is valid, and that the runtime refuses to load. */
  readonly refusals: number
  /** agent only: how often it is ended by kill -9, and started again. */
  readonly kills: number
  /** Status calls of kubelet. */
  readonly polls: number
  /** Of one ADD or DEL; `hang` is until kubelet's deadline for RunPodSandbox ends it. */
  readonly pluginMs: number | 'hang'
  /** Of one STATUS; `none` for networks older than CNI 1.1.0. */
  readonly statusMs: number | 'none'
  readonly loadMs: number
  /** A Status that answers, but later than this, is a stall. One that never does is a deadlock. */
  readonly stallMs: number
}

/** The boot of three actors: a pod, the syncer, kubelet. */
export const BOOT_DEFAULTS: BootOptions = {
  pods: 1,
  removals: 0,
  evictions: 0,
  reloads: 1,
  halves: 0,
  goings: 0,
  refusals: 0,
  kills: 0,
  polls: 3,
  pluginMs: 10_000,
  statusMs: 'none',
  loadMs: 0,
  stallMs: 5_000,
}
