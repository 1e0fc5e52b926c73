import type { ContainerdVersion } from './containerd-version.ts'

/** A runtime that can be put through a trial. */
export type RuntimeInstall = ContainerdInstall | CrioInstall | EmbeddedInstall | SocketInstall

/** Whether the Fairlead agent stands in front of it; never where the lab has not started it. */
export function isGuarded(install: RuntimeInstall): boolean {
  return install.kind !== 'socket' && install.guarded === true
}

/** The programs of one containerd, found and runnable. */
export interface ContainerdInstall {
  readonly kind: 'containerd'
  /** The name the user gave, e.g. `containerd@debian:trixie`. */
  readonly name: string
  readonly version: ContainerdVersion
  readonly containerd: string
  readonly ctr: string
  /** Folders that `containerd-shim-runc-v2` is looked for in, before PATH. */
  readonly pathDirs: readonly string[]
  /** What `upgrade-runtime` starts on its state; see `withUpgrade`. */
  readonly upgrade?: ContainerdInstall
  /** Whether the Fairlead agent stands in front of it. */
  readonly guarded?: true
}

/** The programs of one CRI-O, found and runnable. */
export interface CrioInstall {
  readonly kind: 'crio'
  /** The name the user gave, e.g. `crio=/usr/bin/crio`. */
  readonly name: string
  readonly version: { readonly text: string }
  readonly crio: string
  readonly conmon: string
  readonly pinns: string
  /** Whether the Fairlead agent stands in front of it. */
  readonly guarded?: true
}

/** Fairlead's own runtime, or a program that takes the flags of `fairlead runtime serve`. */
export interface EmbeddedInstall {
  readonly kind: 'embedded'
  readonly name: string
  /** What the flags are added to; this Fairlead's `runtime serve` if not given. */
  readonly command?: readonly string[]
  readonly version: { readonly text: string }
  /** Whether the Fairlead agent stands in front of it. */
  readonly guarded?: true
}

/** A runtime that runs on this machine already and that the lab neither starts nor ends. */
export interface SocketInstall {
  readonly kind: 'socket'
  readonly name: string
  readonly version: { readonly text: string }
  readonly socketPath: string
  /** Where it reads configs and plugins, given only where the lab may write there and add pods. */
  readonly folders?: RuntimeFolders
}

/** The folders of a runtime that is there already. */
export interface RuntimeFolders {
  readonly confDir: string
  readonly binDir: string
}
