import type { ContainerdVersion } from './containerd-version.ts'

/** The programs of one containerd, found and runnable. */
export interface ContainerdInstall {
  /** The name the user gave, e.g. `containerd@debian:trixie`. */
  readonly name: string
  readonly version: ContainerdVersion
  readonly containerd: string
  readonly ctr: string
  /** Folders that `containerd-shim-runc-v2` is looked for in, before PATH. */
  readonly pathDirs: readonly string[]
}
