/** What a trial's CRI-O is told; all paths are the node's. */
export interface CrioSettings {
  readonly socketPath: string
  readonly rootDir: string
  /** What a reboot empties. */
  readonly runDir: string
  readonly confDir: string
  readonly binDir: string
  readonly pauseImage: string
  readonly policyPath: string
  readonly ociRuntimePath: string
  readonly conmon: string
  readonly pinns: string
}

/**
 * A config file for CRI-O (docs/crio.conf.5.md; an older one ignores the keys that it does not know). It says what
 * keeps CRI-O within the trial's node, and leaves everything about CNI but the folders as it comes.
 *
 * `drop_infra_ctr` is off, since a sandbox without a container of its own makes a cgroup, and a trial leaves
 * those of the machine alone. Without a clean shutdown file, and with no version kept over a reboot, a CRI-O
 * that was killed does not wipe its images, the pause image among them.
 */
export function crioConfig(settings: CrioSettings): string {
  const { rootDir, runDir } = settings
  return `[crio]
root = ${quote(`${rootDir}/storage`)}
runroot = ${quote(`${runDir}/storage`)}
storage_driver = "vfs"
storage_option = []
log_dir = ${quote(`${rootDir}/log`)}
version_file = ${quote(`${runDir}/version`)}
version_file_persist = ""
clean_shutdown_file = ""

[crio.api]
listen = ${quote(settings.socketPath)}
stream_address = "127.0.0.1"
stream_port = "0"

[crio.runtime]
log_level = "debug"
default_runtime = "runc"
cgroup_manager = "cgroupfs"
conmon = ${quote(settings.conmon)}
conmon_cgroup = "pod"
pinns_path = ${quote(settings.pinns)}
drop_infra_ctr = false
selinux = false
seccomp_profile = "unconfined"
apparmor_profile = "unconfined"
hooks_dir = []
default_mounts_file = ""
irqbalance_config_file = ""
irqbalance_config_restore_file = "disable"
container_exits_dir = ${quote(`${runDir}/exits`)}
container_attach_socket_dir = ${quote(runDir)}
namespaces_dir = "/run"

[crio.runtime.runtimes.runc]
runtime_path = ${quote(settings.ociRuntimePath)}
runtime_type = "oci"
runtime_root = "/run/oci"
monitor_path = ${quote(settings.conmon)}
monitor_cgroup = "pod"

[crio.image]
pause_image = ${quote(settings.pauseImage)}
signature_policy = ${quote(settings.policyPath)}
signature_policy_dir = ${quote(`${rootDir}/policies`)}
namespaced_auth_dir = ${quote(`${rootDir}/auth`)}

[crio.network]
network_dir = ${quote(settings.confDir)}
plugin_dirs = [${quote(settings.binDir)}]

[crio.nri]
enable_nri = false
`
}

// The paths are the lab's own or the user's; JSON's escapes are among those of a TOML basic string.
function quote(value: string): string {
  return JSON.stringify(value)
}
