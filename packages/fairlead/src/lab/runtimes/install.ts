import type { ContainerdVersion } from './containerd-version.ts'

/** A runtime that can be put through a trial. */
export type RuntimeInstall = ContainerdInstall | EmbeddedInstall

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
}

/** Fairlead's own runtime, or a program that takes the flags of `fairlead runtime serve`. */
export interface EmbeddedInstall {
  readonly kind: 'embedded'
  readonly name: string
  /** What the flags are added to; this Fairlead's `runtime serve` if not given. */
  readonly command?: readonly string[]
  readonly version: { readonly text: string }
}
