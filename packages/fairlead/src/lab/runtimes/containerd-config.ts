import type { ContainerdVersion } from './containerd-version.ts'

/** What a trial's containerd is told; all paths are the node's. */
export interface ContainerdSettings {
  readonly socketPath: string
  readonly debugSocketPath: string
  readonly rootDir: string
  readonly stateDir: string
  readonly optDir: string
  readonly confDir: string
  readonly binDir: string
  readonly sandboxImage: string
  readonly ociRuntimePath: string
}

/**
 * A config file that this version of containerd reads without a warning about unknown keys:
 * version 2 for 1.x, 3 for 2.0 to 2.2, 4 from 2.3 (containerd docs/man/containerd-config.toml.5.md).
 * The CNI section is the CRI plugin's own in version 2 and the `cri.v1.runtime` plugin's after;
 * `bin_dir` became `bin_dirs` in 2.1, and both at once disable CRI.
 */
export function containerdConfig(version: ContainerdVersion, settings: ContainerdSettings): string {
  const format = configFormat(version)
  return format === 2 ? configV2(settings) : configV3(version, format, settings)
}

/** The newest config file version that this containerd knows. */
function configFormat(version: ContainerdVersion): 2 | 3 | 4 {
  if (version.major < 2) return 2
  return atLeast(version, 2, 3) ? 4 : 3
}

function configV2(settings: ContainerdSettings): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = ${quote(settings.rootDir)}
state = ${quote(settings.stateDir)}

[grpc]
  address = ${quote(settings.socketPath)}

[debug]
  address = ${quote(settings.debugSocketPath)}
  level = "debug"

[${cri}]
  sandbox_image = ${quote(settings.sandboxImage)}
  stream_server_address = "0.0.0.0"
  restrict_oom_score_adj = true

[${cri}.cni]
  bin_dir = ${quote(settings.binDir)}
  conf_dir = ${quote(settings.confDir)}

[${cri}.containerd]
  snapshotter = "native"
  default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  BinaryName = ${quote(settings.ociRuntimePath)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${quote(settings.optDir)}
`
}

function configV3(version: ContainerdVersion, format: 3 | 4, settings: ContainerdSettings): string {
  const runtime = 'plugins."io.containerd.cri.v1.runtime"'
  const binDirs = atLeast(version, 2, 1)
    ? `bin_dirs = [${quote(settings.binDir)}]`
    : `bin_dir = ${quote(settings.binDir)}`
  const server = (name: string) =>
    format === 4 ? `plugins."io.containerd.server.v1.${name}"` : name
  return `version = ${format}
root = ${quote(settings.rootDir)}
state = ${quote(settings.stateDir)}
${format === 4 ? '\n[debug]\n  level = "debug"\n' : ''}
[${server('grpc')}]
  address = ${quote(settings.socketPath)}

[${server('debug')}]
  address = ${quote(settings.debugSocketPath)}
${format === 3 ? '  level = "debug"\n' : ''}
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "0.0.0.0"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = ${quote(settings.sandboxImage)}

[${runtime}]
  restrict_oom_score_adj = true

[${runtime}.cni]
  ${binDirs}
  conf_dir = ${quote(settings.confDir)}

[${runtime}.containerd]
  default_runtime_name = "runc"

[${runtime}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${runtime}.containerd.runtimes.runc.options]
  BinaryName = ${quote(settings.ociRuntimePath)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${quote(settings.optDir)}
`
}

// The paths are the lab's own and plain ASCII, for which a JSON string is a TOML basic string.
function quote(value: string): string {
  return JSON.stringify(value)
}

function atLeast(version: ContainerdVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}
